// SPDX-License-Identifier: Apache-2.0
// The goroutines of a dump that are alike, together.
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "snapshot/dump.h"

namespace gosnoop::analyze {

// Which goroutines are wanted; by default all but those of the runtime.
struct DumpFilter {
  std::string wait_reason = {};               // exactly; "": any
  std::optional<std::regex> function = {};    // that a function on the stack matches
  std::optional<std::regex> created_by = {};  // that the creating function matches
  std::uint64_t min_wait_ns = 0;              // known to wait at least this long
  bool system = false;                        // those of the runtime too
};

// Indices in Dump::members of those wanted, in the same order.
std::vector<std::uint32_t> select_members(const snapshot::Dump& dump, const DumpFilter& filter);

// Goroutines with the same frames, status, wait reason and creation site.
struct DumpGroup {
  std::vector<std::uint32_t> members;  // indices in Dump::members, by goid; never empty
  std::uint64_t longest_wait_ns = 0;   // 0: unknown
  // What they wait for: index in Dump::waits, and by how many; most first. Without the unknown.
  std::vector<std::pair<std::uint32_t, std::uint64_t>> waits_for;

  std::size_t count() const { return members.size(); }
  // Any of them: they share what the group is by.
  const snapshot::Member& any(const snapshot::Dump& dump) const {
    return dump.members[members.front()];
  }
};

// Largest first.
std::vector<DumpGroup> group_members(const snapshot::Dump& dump,
                                     const std::vector<std::uint32_t>& members);

// How long it is known to wait when the dump was taken; 0: unknown.
std::uint64_t wait_ns(const snapshot::Dump& dump, const snapshot::Member& member);

}  // namespace gosnoop::analyze
