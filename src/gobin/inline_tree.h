// SPDX-License-Identifier: Apache-2.0
// Which calls were inlined into a function (src/runtime/symtabinl.go, inlinedCall).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "gobin/elf_image.h"
#include "gobin/pclntab.h"

namespace gosnoop::gobin {

struct InlinedCall {
  std::string_view name;  // the inlined function
  std::uint8_t func_id = 0;
  std::uint64_t parent_pc = 0;  // offset in the outermost function of the call that was inlined
};

class InlineTree {
 public:
  // `gofunc` is moduledata's. Empty where the record names no tree.
  InlineTree(const ElfImage& image, const Pclntab& table, LinkAddress gofunc,
             const FunctionRecord& record);

  std::optional<InlinedCall> node(std::int32_t index) const;

 private:
  Bytes bytes_;
  const Pclntab* table_;
};

}  // namespace gosnoop::gobin
