// SPDX-License-Identifier: Apache-2.0
// What changes from one dump of a process to the next.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyze/dump_groups.h"
#include "symbol/symbols.h"

namespace gosnoop::analyze {

// Goroutines at one place: with the same frames, state and creation site.
struct DumpChange {
  event::GoStatus status = event::GoStatus::kIdle;
  std::string wait_reason;  // "" of one that is not parked
  symbol::Frames stack;
  symbol::Frames created_by;
  std::uint64_t before = 0;  // how many in the dump before; 0: it is new
  std::uint64_t now = 0;     // 0: it is gone
  // Of `now`: those found there by the dump before too, and how long the longest of them has been
  // found there by every dump. What they did between two dumps is not known.
  std::uint64_t stayed = 0;
  std::uint64_t longest_stay_ns = 0;

  std::int64_t growth() const {
    return static_cast<std::int64_t>(now) - static_cast<std::int64_t>(before);
  }
};

struct DumpChanges {
  std::uint64_t wall_clock_ns = 0;    // CLOCK_REALTIME of the dump
  std::uint64_t elapsed_ns = 0;       // since the one before; 0 for the first
  std::uint64_t before = 0, now = 0;  // goroutines in the groups of either
  std::uint64_t created = 0;          // of these: not in the one before
  std::uint64_t ended = 0;            // only in the one before
  // Places with more or less than before: those that grew, most first; then those that shrank.
  std::vector<DumpChange> changed;
};

// Remembers the dump before. Indices and addresses differ between dumps: places are told apart by
// their frames, goroutines by their ids.
class DumpHistory {
 public:
  bool empty() const { return last_.time_ns == 0; }
  // What changed since the dump before; in the first one everything is new. `groups` are of `dump`.
  DumpChanges next(const snapshot::Dump& dump, const std::vector<DumpGroup>& groups);

 private:
  struct Stay {  // of a goroutine at a place
    std::uint64_t goid = 0;
    std::uint64_t since_ns = 0;
    std::uint32_t place = 0;
  };
  struct Seen {
    std::uint64_t time_ns = 0;
    std::vector<DumpChange> places;
    std::unordered_map<std::string, std::uint32_t> place_by_key;
    std::vector<Stay> stays;  // by goid
  };

  static Seen see(const snapshot::Dump& dump, const std::vector<DumpGroup>& groups);
  void compare_places(Seen& now, DumpChanges& changes) const;
  void compare_goroutines(Seen& now, DumpChanges& changes) const;

  Seen last_;
};

}  // namespace gosnoop::analyze
