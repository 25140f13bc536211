// SPDX-License-Identifier: Apache-2.0
// Code addresses of a live target by name.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>
#include <vector>

#include "gobin/go_binary.h"
#include "symbol/symbols.h"

namespace gosnoop::symbol {

// Which instruction an address on a stack stands for.
enum class PcKind {
  kReturn,  // a return address: the call is the instruction before
  kExact,   // where execution is: interrupted there, or not begun (a function's entry)
};

// The source lines of the instruction that `pc`, a link address, stands for, innermost (inlined)
// first; empty outside the Go text. A return address that is a function's entry is exact: nothing
// was called (a goroutine that never ran, go1.19's systemstack_switch).
std::vector<gobin::SourceLine> lines_of(const gobin::GoBinary& binary, LinkAddress pc, PcKind kind);

// Wrappers that the compiler generates are no frames to people, but for one that panics itself (a
// method called through a nil pointer): traceback.go, elideWrapperCalling.
enum class Wrappers { kLeftOut, kShown };

// One frame that is really on a stack, with those inlined into it.
struct Location {
  std::uint64_t pc = 0;      // runtime address
  std::uint64_t offset = 0;  // of pc from its function's entry
  Frames lines;              // innermost first; a single "0x…" where the address is not Go code;
                             // none where it is all wrappers
};

// All locations met so far, each named once.
class Locations {
 public:
  using Index = std::uint32_t;

  // `bias`: runtime address minus link address. `binary` must outlive the Locations.
  Locations(const gobin::GoBinary& binary, std::uint64_t bias) : binary_(binary), bias_(bias) {}

  Index at(std::uint64_t pc, PcKind kind, Wrappers wrappers = Wrappers::kLeftOut);
  const Location& operator[](Index index) const { return all_[index]; }
  const std::vector<Location>& all() const { return all_; }

 private:
  const gobin::GoBinary& binary_;
  std::uint64_t bias_;
  std::vector<Location> all_;
  std::map<std::tuple<std::uint64_t, PcKind, Wrappers>, Index> by_pc_;
};

}  // namespace gosnoop::symbol
