// SPDX-License-Identifier: Apache-2.0
#include "gobin/wait_reasons.h"

#include <algorithm>

namespace gosnoop::gobin {
namespace {

constexpr std::uint64_t kMaxReasonLength = 100;

// src/runtime/runtime2.go, waitReason.String: `if w < 0 || w >=
// waitReason(len(waitReasonStrings))`, so the first comparison is with the length: cmp al, imm8 or,
// without optimisation, cmp r64, imm8.
std::optional<std::uint8_t> compared_length(const Code& code) {
  for (std::uint64_t at = 0; at < code.bytes.size(); at++) {
    if (code[at] == 0x3c) return code[at + 1];
    if (code[at] == 0x48 && code[at + 1] == 0x83 && code[at + 2] >= 0xf8) return code[at + 3];
  }
  return std::nullopt;
}

std::optional<std::string> go_string(const ElfImage& image, LinkAddress header) {
  const auto data = image.word(header), size = image.word(header + 8);
  if (!data || !size || *size > kMaxReasonLength) return std::nullopt;
  const auto bytes = image.at({*data}, *size);
  if (bytes.size() != *size) return std::nullopt;
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto printable = [](unsigned char c) { return c >= 0x20 && c < 0x7f; };
  if (!std::all_of(text.begin(), text.end(), printable)) return std::nullopt;
  return text;
}

// {pointer, length} pairs; waitReasonZero is "", and only that.
std::vector<std::string> string_table(const ElfImage& image, LinkAddress table, unsigned length) {
  std::vector<std::string> strings;
  for (unsigned i = 0; i < length; i++) {
    auto text = go_string(image, table + i * 16);
    if (!text || text->empty() != (i == 0)) return {};
    strings.push_back(std::move(*text));
  }
  return strings;
}

}  // namespace

std::vector<std::string> read_wait_reasons(const ElfImage& image, const Code& string_method) {
  const auto length = compared_length(string_method);
  if (!length || *length == 0) return {};
  for (std::uint64_t at = 0; at < string_method.bytes.size(); at++) {
    const auto target = rip_operand(string_method, at);
    if (!target || string_method[at + 1] != 0x8d) continue;  // lea r64, table
    auto strings = string_table(image, *target, *length);
    if (!strings.empty()) return strings;
  }
  return {};
}

}  // namespace gosnoop::gobin
