// SPDX-License-Identifier: Apache-2.0
#include "gobin/pc_values.h"

namespace gosnoop::gobin {
namespace {

std::uint32_t zigzag(std::uint64_t encoded) {
  const auto half = static_cast<std::uint32_t>(encoded >> 1);
  return (encoded & 1) != 0 ? ~half : half;
}

}  // namespace

// src/runtime/symtab.go, pcvalue and step, Go 1.18 to 1.27. Offset 0 means "no table".
PcValueReader::PcValueReader(Bytes pctab, std::uint32_t offset, std::uint64_t code_size)
    : cursor_(pctab, offset == 0 ? pctab.size() : offset), code_size_(code_size) {}

bool PcValueReader::next() {
  if (end_ >= code_size_) return false;
  const auto value_delta = cursor_.read_uvarint();
  if (!value_delta || (*value_delta == 0 && end_ != 0)) return false;  // 0 ends the table
  const auto pc_delta = cursor_.read_uvarint();
  if (!pc_delta || *pc_delta == 0 || *pc_delta > UINT32_MAX) return false;
  // Wraps as the runtime's int32 does.
  value_ = static_cast<std::int32_t>(static_cast<std::uint32_t>(value_) + zigzag(*value_delta));
  end_ += *pc_delta;
  return true;
}

std::optional<std::int32_t> pc_value(Bytes pctab, std::uint32_t offset, std::uint64_t code_size,
                                     std::uint64_t pc_offset) {
  PcValueReader ranges(pctab, offset, code_size);
  while (ranges.next()) {
    if (pc_offset < ranges.end()) return ranges.value();
  }
  return std::nullopt;
}

}  // namespace gosnoop::gobin
