// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "gobin/go_binary.h"
#include "gobin/pclntab.h"

namespace gosnoop::gobin {

// GoBinary::lines_at() for the instruction at `pc_offset` from the entry of a function. `wrapper`:
// the funcID of wrappers.
std::vector<SourceLine> source_lines(const ElfImage& image, const Pclntab& table,
                                     LinkAddress gofunc, std::uint32_t function,
                                     std::uint64_t pc_offset, std::uint8_t wrapper);

// GoBinary::inlined_copies(); the callees are views of `names`.
std::vector<GoBinary::InlinedCopy> find_inlined_copies(const ElfImage& image, const Pclntab& table,
                                                       LinkAddress gofunc,
                                                       std::span<const std::string_view> names);

}  // namespace gosnoop::gobin
