// SPDX-License-Identifier: Apache-2.0
#include "gobin/source_lines.h"

#include <algorithm>

#include "gobin/inline_tree.h"
#include "gobin/pc_values.h"

namespace gosnoop::gobin {
namespace {

constexpr std::size_t kMaxInlineDepth = 256;  // a damaged tree may lead in circles

}  // namespace

// src/runtime/symtabinl.go, inlineUnwinder, Go 1.21 to 1.27 (src/runtime/symtab.go before): the
// pc's node names what was inlined; the line of the call is that of the node's parent pc, which may
// be inside an inlined body itself.
std::vector<SourceLine> source_lines(const ElfImage& image, const Pclntab& table,
                                     LinkAddress gofunc, std::uint32_t function,
                                     std::uint64_t pc_offset, std::uint8_t wrapper) {
  const auto record = table.record(function);
  if (!record) return {};
  const auto size = table.code_size(function);
  const auto at = [&](std::uint32_t values) {
    return pc_value(table.pctab(), values, size, pc_offset).value_or(-1);
  };
  const InlineTree tree(image, table, gofunc, *record);
  std::vector<SourceLine> lines;
  auto call = tree.node(at(record->inline_index));
  for (; call && lines.size() < kMaxInlineDepth; call = tree.node(at(record->inline_index))) {
    lines.push_back({call->name, table.file_name(record->unit, at(record->pcfile)),
                     std::max(at(record->pcln), 0), true, call->func_id == wrapper});
    pc_offset = call->parent_pc;
  }
  lines.push_back({table.function_name(function), table.file_name(record->unit, at(record->pcfile)),
                   std::max(at(record->pcln), 0), false, record->func_id == wrapper});
  return lines;
}

}  // namespace gosnoop::gobin
