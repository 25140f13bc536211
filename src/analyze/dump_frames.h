// SPDX-License-Identifier: Apache-2.0
// Stacks of a dump as frames, with names as Go prints them. An index that is none (snapshot::kNone)
// has no frames.
#pragma once

#include <cstdint>
#include <vector>

#include "snapshot/dump.h"

namespace gosnoop::analyze {

using symbol::Frames;

// Of a location: what was inlined there too, innermost first.
Frames lines_at(const snapshot::Dump& dump, std::uint32_t location);
// Of a stack, all expanded.
Frames frames_of(const snapshot::Dump& dump, std::uint32_t stack);
// It is deeper than its frames.
bool is_truncated(const snapshot::Dump& dump, std::uint32_t stack);

// Two addresses, as of one defer at two returns, may stand for the same line: then stacks that
// differ by index look the same. This names each by the first one that looks like it.
class Alike {
 public:
  explicit Alike(const snapshot::Dump& dump);

  std::uint32_t location(std::uint32_t index) const { return first(locations_, index); }
  std::uint32_t stack(std::uint32_t index) const { return first(stacks_, index); }

 private:
  static std::uint32_t first(const std::vector<std::uint32_t>& of, std::uint32_t index) {
    return index < of.size() ? of[index] : snapshot::kNone;
  }

  std::vector<std::uint32_t> locations_, stacks_;
};

}  // namespace gosnoop::analyze
