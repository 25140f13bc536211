// SPDX-License-Identifier: Apache-2.0
// The pc-value tables of pclntab: for ranges of a function's code one number each, delta-encoded.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace gosnoop::gobin {

// Reads one table range by range. Ends at the table's end, where it is damaged, and at the end of
// the function's code, so that even random bytes give at most one range for each byte of code.
class PcValueReader {
 public:
  // `offset` of the table in `pctab`; `code_size` of the function.
  PcValueReader(Bytes pctab, std::uint32_t offset, std::uint64_t code_size);

  // The next range ends at end() and has value().
  bool next();
  std::uint64_t end() const { return end_; }  // exclusive, relative to the function's entry
  std::int32_t value() const { return value_; }

 private:
  Cursor cursor_;
  std::uint64_t code_size_;
  std::uint64_t end_ = 0;
  std::int32_t value_ = -1;
};

// The value at `pc_offset` from the function's entry; nothing where the table has none (-1 is "no
// value" in most tables, and is returned as it is).
std::optional<std::int32_t> pc_value(Bytes pctab, std::uint32_t offset, std::uint64_t code_size,
                                     std::uint64_t pc_offset);

}  // namespace gosnoop::gobin
