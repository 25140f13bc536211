// SPDX-License-Identifier: Apache-2.0
#include "symbol/locations.h"

#include <fmt/format.h>

namespace gosnoop::symbol {
namespace {

// An address of the instruction itself.
LinkAddress instruction_at(const gobin::GoBinary& binary, LinkAddress pc, PcKind kind) {
  if (kind == PcKind::kExact) return pc;
  auto function = binary.function_at(pc);
  return function && function->entry == pc ? pc : pc - 1;
}

}  // namespace

std::vector<gobin::SourceLine> lines_of(const gobin::GoBinary& binary, LinkAddress pc,
                                        PcKind kind) {
  return binary.lines_at(instruction_at(binary, pc, kind));
}

Locations::Index Locations::at(std::uint64_t pc, PcKind kind, Wrappers wrappers) {
  auto [found, added] = by_pc_.try_emplace({pc, kind, wrappers}, static_cast<Index>(all_.size()));
  if (!added) return found->second;
  Location location{.pc = pc, .offset = 0, .lines = {}};
  LinkAddress link{pc - bias_};
  if (auto function = binary_.function_at(instruction_at(binary_, link, kind))) {
    location.offset = link - function->entry;
  }
  auto lines = lines_of(binary_, link, kind);
  for (const auto& line : lines) {
    if (line.wrapper && wrappers == Wrappers::kLeftOut) continue;
    location.lines.push_back({std::string(line.function), std::string(line.file),
                              static_cast<std::uint32_t>(line.line)});
  }
  if (lines.empty()) location.lines.push_back({fmt::format("{:#x}", pc), "", 0});
  all_.push_back(std::move(location));
  return found->second;
}

}  // namespace gosnoop::symbol
