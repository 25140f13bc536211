// SPDX-License-Identifier: Apache-2.0
// Addresses and stacks by name. Both tables are filled by events (Symbol, Stack) alone, so a live
// run and a replay on another machine resolve in the same way.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "event/event.h"

namespace gosnoop::symbol {

struct Frame {
  std::string function;  // "net/http.(*conn).serve"; "0x…" where the address is not Go code
  std::string file;      // "" if unknown
  std::uint32_t line = 0;

  bool operator==(const Frame&) const = default;
};

using Frames = std::vector<Frame>;  // innermost first, inlined calls expanded

class Symbols {
 public:
  void on(const event::Symbol& symbol);
  void on(const event::Stack& stack);

  // Source lines of one pc; a single "0x…" frame where it is unknown.
  Frames at(std::uint64_t pc) const;
  // All frames of a stack; empty for 0 or a stack that was never delivered.
  Frames stack(event::StackHash hash) const;
  // The raw pcs of a stack; nullptr if unknown.
  const event::Stack* find_stack(event::StackHash hash) const;

 private:
  std::unordered_map<std::uint64_t, Frames> lines_;
  std::unordered_map<event::StackHash, event::Stack> stacks_;
};

}  // namespace gosnoop::symbol
