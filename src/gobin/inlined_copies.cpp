// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <unordered_map>

#include "gobin/inline_tree.h"
#include "gobin/pc_values.h"
#include "gobin/source_lines.h"

namespace gosnoop::gobin {
namespace {

// How many nodes the pcs of the function refer to. A sound tree has hardly more nodes than the
// function has bytes of code; a damaged one is not followed further.
std::int32_t node_count(const Pclntab& table, std::uint32_t function,
                        const FunctionRecord& record) {
  constexpr std::int64_t kSlack = 256;
  const auto code_size = table.code_size(function);
  std::int32_t highest = -1;
  PcValueReader ranges(table.pctab(), record.inline_index, code_size);
  while (ranges.next()) highest = std::max(highest, ranges.value());
  return static_cast<std::int32_t>(std::min<std::int64_t>(highest + 1LL, code_size + kSlack));
}

}  // namespace

std::vector<GoBinary::InlinedCopy> find_inlined_copies(const ElfImage& image, const Pclntab& table,
                                                       LinkAddress gofunc,
                                                       std::span<const std::string_view> names) {
  constexpr std::uint32_t kNever = ~0u;
  std::unordered_map<std::string_view, std::uint32_t> last_seen_in;
  for (auto name : names) last_seen_in[name] = kNever;
  std::vector<GoBinary::InlinedCopy> copies;
  for (std::uint32_t i = 0; i < table.function_count(); i++) {
    const auto record = table.record(i);
    if (!record || !record->inline_tree) continue;
    const InlineTree tree(image, table, gofunc, *record);
    const auto count = node_count(table, i, *record);
    for (std::int32_t node = 0; node < count; node++) {
      const auto call = tree.node(node);
      if (!call) break;
      const auto wanted = last_seen_in.find(call->name);
      if (wanted == last_seen_in.end() || wanted->second == i) continue;
      wanted->second = i;
      copies.push_back({wanted->first, table.function_name(i)});
    }
  }
  return copies;
}

}  // namespace gosnoop::gobin
