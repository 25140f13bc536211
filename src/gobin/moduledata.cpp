// SPDX-License-Identifier: Apache-2.0
#include "gobin/moduledata.h"

#include <algorithm>
#include <cstring>

#include "gobin/inline_tree.h"

namespace gosnoop::gobin {
namespace {

// Word indexes in src/runtime/symtab.go's moduledata, the same from Go 1.18 to 1.27.
constexpr std::uint64_t kPcHeader = 0, kFuncNameTab = 1, kCuTab = 4, kPclntable = 13, kFtab = 16,
                        kFtabLength = 17, kText = 22;

// gofunc moved: Go 1.20 added covctrs and ecovctrs, Go 1.27 typedesclen, itaboffset and itabsize.
constexpr std::uint64_t kGofunc118 = 38, kGofunc120 = 40, kGofunc127 = 43;

std::uint64_t gofunc_word(int go_minor) {
  if (go_minor >= 27) return kGofunc127;
  return go_minor >= 20 ? kGofunc120 : kGofunc118;
}

bool describes(const ElfImage& image, LinkAddress at, const Pclntab& table) {
  const auto is = [&](std::uint64_t index, std::uint64_t value) {
    return image.word(at + index * 8) == value;
  };
  return is(kPcHeader, table.address().value) && is(kFuncNameTab, table.funcname_address().value) &&
         is(kCuTab, table.cutab_address().value) &&
         is(kPclntable, table.pclntable_address().value) &&
         is(kFtab, table.pclntable_address().value) &&
         is(kFtabLength, std::uint64_t{table.function_count()} + 1);
}

std::optional<LinkAddress> in_section(const ElfImage& image, const Pclntab& table) {
  const Section* section = image.find_section(".go.module");  // Go 1.26 and newer
  if (section == nullptr || !describes(image, section->address, table)) return std::nullopt;
  return section->address;
}

std::optional<LinkAddress> in_segment(const ElfImage& image, const Segment& segment,
                                      const Pclntab& table) {
  const auto bytes = image.from(segment.address);
  const auto first = (8 - segment.address.value % 8) % 8;
  for (std::uint64_t at = first; auto word = read_at<std::uint64_t>(bytes, at); at += 8) {
    if (*word != table.address().value) continue;
    if (describes(image, segment.address + at, table)) return segment.address + at;
  }
  return std::nullopt;
}

// In a PIE the pointers are zero in the file; the relocations have them.
std::optional<LinkAddress> in_relocations(const ElfImage& image, const Pclntab& table) {
  for (const auto& relocation : image.relative_relocations()) {
    if (relocation.value != table.address().value) continue;
    if (describes(image, relocation.address, table)) return relocation.address;
  }
  return std::nullopt;
}

std::optional<LinkAddress> locate(const ElfImage& image, const Pclntab& table) {
  if (auto found = in_section(image, table)) return found;
  for (const auto& segment : image.segments()) {
    if (!segment.writable) continue;
    if (auto found = in_segment(image, segment, table)) return found;
  }
  return in_relocations(image, table);
}

// Whether the inline trees of the first functions that have any are sound with this base.
bool plausible_gofunc(const ElfImage& image, const Pclntab& table, LinkAddress gofunc) {
  int looked_at = 0;
  for (std::uint32_t i = 0; i < table.function_count() && looked_at < 32; i++) {
    const auto record = table.record(i);
    if (!record || !record->inline_tree || record->inline_index == 0) continue;
    const InlineTree tree(image, table, gofunc, *record);
    const auto root = tree.node(0);
    if (!root || root->parent_pc >= table.code_size(i) || root->name.empty()) return false;
    looked_at++;
  }
  return true;
}

LinkAddress find_gofunc(const ElfImage& image, const Pclntab& table, LinkAddress moduledata,
                        int go_minor) {
  for (auto index : {gofunc_word(go_minor), kGofunc127, kGofunc120, kGofunc118}) {
    const LinkAddress gofunc{image.word(moduledata + index * 8).value_or(0)};
    if (gofunc && plausible_gofunc(image, table, gofunc)) return gofunc;
  }
  return {};
}

bool holds_text(const ElfImage& image, LinkAddress text, const Pclntab& table) {
  const auto size = table.entry_offset(table.function_count());
  return size > 0 && !image.at(text, size).empty();
}

}  // namespace

std::optional<Moduledata> find_moduledata(const ElfImage& image, const Pclntab& table,
                                          int go_minor) {
  const auto address = locate(image, table);
  if (!address) return std::nullopt;
  // Not pclntab's own textStart, which is zero from Go 1.26, nor .text, where C code may come
  // first.
  const LinkAddress text{image.word(*address + kText * 8).value_or(0)};
  if (!holds_text(image, text, table)) return std::nullopt;
  return Moduledata{*address, text, find_gofunc(image, table, *address, go_minor)};
}

}  // namespace gosnoop::gobin
