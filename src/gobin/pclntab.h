// SPDX-License-Identifier: Apache-2.0
// The function table that every Go binary carries, stripped or not (src/runtime/symtab.go).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "gobin/elf_image.h"

namespace gosnoop::gobin {

// One function's record: the part of src/runtime/runtime2.go's _func that is used.
struct FunctionRecord {
  std::int32_t name = 0;
  std::uint32_t pcsp = 0, pcfile = 0, pcln = 0;  // pc-value tables: offsets in pctab, 0: none
  std::uint32_t inline_index = 0;                // pc-value table PCDATA_InlTreeIndex, 0: none
  std::uint32_t unit = 0;                        // compile unit: base index into cutab
  std::optional<std::uint32_t> inline_tree;      // FUNCDATA_InlTree: offset from go:func.*
  std::uint8_t func_id = 0;
  std::uint8_t flags = 0;  // src/internal/abi/symtab.go, FuncFlag
};

// A view of the table in the image. Every lookup is checked against the table's bounds.
class Pclntab {
 public:
  // What looks like the table: in its section, else wherever a scan of the segments finds a sound
  // header. The program may embed other Go binaries, so moduledata has to say which one is its own.
  static std::vector<Pclntab> candidates(const ElfImage& image);
  // Whether there is a table of Go 1.17 or older, which is not supported.
  static bool has_old_format(const ElfImage& image);
  // The table at `address`, if its header makes sense.
  static std::optional<Pclntab> at(const ElfImage& image, LinkAddress address);

  LinkAddress address() const { return address_; }
  LinkAddress funcname_address() const { return address_ + funcname_at_; }
  LinkAddress cutab_address() const { return address_ + cutab_at_; }
  LinkAddress pclntable_address() const { return address_ + pcln_at_; }
  // Format of Go 1.20 and newer: _func has startLine, an inline tree node has 16 bytes.
  bool has_start_line() const { return has_start_line_; }

  std::uint32_t function_count() const { return function_count_; }
  // Offsets from the start of the text; `index` == function_count() gives the end of the text.
  std::uint32_t entry_offset(std::uint32_t index) const;
  std::uint32_t code_size(std::uint32_t index) const;
  bool entries_ascend() const;
  // Index of the function that contains the offset from the start of the text.
  std::optional<std::uint32_t> index_of(std::uint64_t text_offset) const;

  std::optional<FunctionRecord> record(std::uint32_t index) const;
  std::string_view name_at(std::int32_t offset) const;
  std::string_view function_name(std::uint32_t index) const;
  // The file of a value of a pcfile table; "" where there is none.
  std::string_view file_name(std::uint32_t unit, std::int32_t file) const;
  Bytes pctab() const { return pctab_; }

 private:
  std::optional<std::uint64_t> record_offset(std::uint32_t index) const;

  LinkAddress address_;
  std::uint64_t funcname_at_ = 0, cutab_at_ = 0, pcln_at_ = 0;
  bool has_start_line_ = false;
  std::uint32_t function_count_ = 0;
  Bytes funcname_, cutab_, filetab_, pctab_, pclntable_;
};

}  // namespace gosnoop::gobin
