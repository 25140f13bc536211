// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <unordered_map>

#include "snapshot/goroutine.h"

namespace gosnoop::snapshot {

// Since when goroutines are parked, from snapshots alone: one whose g.tracking_seq is the same as
// in the snapshot before has not run in between.
class History {
 public:
  // The goroutine as it was seen at `now_ns`. Returns since when it is parked at the latest; 0
  // where it has not run since it was first seen.
  std::uint64_t parked_since(const Goroutine& g, std::uint64_t now_ns);

  // Forgets goroutines that were not seen since `begin_ns`: they have ended.
  void forget_before(std::uint64_t begin_ns);

 private:
  struct Entry {
    std::uint64_t seen = 0;
    std::uint64_t since = 0;
    std::uint8_t tracking_seq = 0;
  };
  std::unordered_map<std::uint64_t, Entry> entries_;  // by goid
};

}  // namespace gosnoop::snapshot
