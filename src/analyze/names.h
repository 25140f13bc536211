// SPDX-License-Identifier: Apache-2.0
// Stacks and wait reasons as a report shows them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "analyze/goroutines.h"
#include "event/event.h"
#include "symbol/symbols.h"

namespace gosnoop::analyze {

using symbol::Frames;

class Names {
 public:
  Names(const symbol::Symbols& symbols, const event::Target& target)
      : symbols_(symbols), target_(target) {}

  std::string wait_reason(const Place& place) const;
  // Where a goroutine is parked, without the functions that do the parking.
  Frames parked(event::StackHash stack) const;
  // The innermost frames only, as blocking totals are kept: of such totals' own stack, and what
  // they are of a whole one.
  Frames totals(event::StackHash stack) const;
  Frames parked_innermost(event::StackHash stack) const;
  // All of it.
  Frames whole(event::StackHash stack) const { return symbols_.stack(stack); }
  // Who woke, without the functions that do the waking.
  Frames waker(event::StackHash stack) const;
  // The call path to the go statement; its line alone where the path is unknown.
  Frames created_by(event::StackHash stack, std::uint64_t go_pc) const;
  std::string start_function(std::uint64_t start_pc) const;

 private:
  Frames lines_of(std::span<const std::uint64_t> pcs) const;

  const symbol::Symbols& symbols_;
  const event::Target& target_;
};

// All frames are the runtime's own: a wait of a system goroutine. False for no frames.
bool is_runtime_only(const Frames& frames);

// A text that is equal for equal frames.
std::string key_of(const Frames& frames);

}  // namespace gosnoop::analyze
