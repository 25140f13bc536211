// SPDX-License-Identifier: Apache-2.0
#include "gobin/inline_tree.h"

namespace gosnoop::gobin {
namespace {

// A node of src/runtime/symtabinl.go's inlinedCall: Go 1.20 to 1.27, and of src/runtime/symtab.go
// before: {i16 parent, u8 funcID, pad, i32 file, i32 line, i32 name, i32 parentPc}.
struct NodeFormat {
  std::uint64_t size, func_id_at, name_at, parent_pc_at;
};
constexpr NodeFormat kNode118{20, 2, 12, 16};
constexpr NodeFormat kNode120{16, 0, 4, 8};

}  // namespace

InlineTree::InlineTree(const ElfImage& image, const Pclntab& table, LinkAddress gofunc,
                       const FunctionRecord& record)
    : table_(&table) {
  if (gofunc && record.inline_tree) bytes_ = image.from(gofunc + *record.inline_tree);
}

std::optional<InlinedCall> InlineTree::node(std::int32_t index) const {
  if (index < 0) return std::nullopt;
  const auto& format = table_->has_start_line() ? kNode120 : kNode118;
  const auto at = static_cast<std::uint64_t>(index) * format.size;
  const auto func_id = read_at<std::uint8_t>(bytes_, at + format.func_id_at);
  const auto name = read_at<std::int32_t>(bytes_, at + format.name_at);
  const auto parent_pc = read_at<std::int32_t>(bytes_, at + format.parent_pc_at);
  if (!func_id || !name || !parent_pc || *parent_pc < 0) return std::nullopt;
  return InlinedCall{table_->name_at(*name), *func_id, static_cast<std::uint64_t>(*parent_pc)};
}

}  // namespace gosnoop::gobin
