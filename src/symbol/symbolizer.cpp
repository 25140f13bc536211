// SPDX-License-Identifier: Apache-2.0
#include "symbol/symbolizer.h"

#include <array>
#include <span>

#include "symbol/locations.h"

namespace gosnoop::symbol {
namespace {

using Two = std::array<std::uint64_t, 2>;

// The addresses in an event that has any; `room` keeps those that do not lie side by side in it.
std::span<const std::uint64_t> pcs_of(const event::Event& event, Two& room) {
  if (auto stack = std::get_if<event::Stack>(&event)) return stack->frames;
  if (auto create = std::get_if<event::GoCreate>(&event)) {
    return room = {create->start_pc, create->go_pc};
  }
  if (auto state = std::get_if<event::GoState>(&event)) {
    return room = {state->start_pc, state->go_pc};
  }
  if (auto tcp = std::get_if<event::TcpConnection>(&event)) return room = {tcp->go_pc, 0};
  return {};
}

}  // namespace

Result<void> Symbolizer::on_record(Bytes record) {
  if (event::names_addresses(record)) {
    // A record that cannot be decoded is passed on: whoever reads it counts it.
    if (auto event = event::decode(record)) {
      Two room;
      for (std::uint64_t pc : pcs_of(*event, room)) TRY(name(pc));
    }
  }
  return next_.on_record(record);
}

Result<void> Symbolizer::name(std::uint64_t pc) {
  if (pc == 0 || !named_.insert(pc).second) return {};
  event::Symbol symbol{.pc = pc, .lines = {}};
  for (const auto& line : lines_of(binary_, LinkAddress{pc - bias_}, PcKind::kReturn)) {
    symbol.lines.push_back({std::string(line.function), std::string(line.file),
                            static_cast<std::uint32_t>(line.line)});
  }
  return next_.on_record(event::encode(symbol));
}

}  // namespace gosnoop::symbol
