// SPDX-License-Identifier: Apache-2.0
// What is known of each live goroutine, by goid.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "event/event.h"

namespace gosnoop::analyze {

using event::Goid;
using event::TimeNs;

struct Goroutine {
  Goid goid = 0;  // 0: this place in the table is free
  Goid parent = 0;
  TimeNs created = 0;  // 0: before the window
  TimeNs seen = 0;     // last found in a snapshot; 0: never
  TimeNs since = 0;    // parked since, as that snapshot had it; 0: unknown
  TimeNs woken = 0;    // last streamed wake
  std::uint32_t group = 0;
  std::uint32_t place = 0;           // where it was parked when last looked at; 0: it was not
  std::uint32_t place_at_start = 0;  // where it was parked when the window began; 0: it was not
  std::uint8_t looks = 0;            // snapshots that found it, counted up to 255
  std::uint8_t same = 0;             // of these, how many in a row at `place`
  bool system = false;
  bool created_known = false;  // its GoCreate was received
  bool ticking = false;        // a timer woke it when it was over a second old
  // When it was last woken at that age
  TimeNs served = 0;   // by a goroutine or the network
  TimeNs stirred = 0;  // by nobody knows whom

  bool older() const { return created == 0; }
  // When it was last woken to work, and not by its own clock; 0: never.
  TimeNs last_active() const { return ticking ? served : std::max(served, stirred); }
};

// A hash table with open addressing over a slab: no allocation per goroutine, as a busy program
// makes and ends a million a second.
class GoroutineTable {
 public:
  // Valid until the next insert.
  Goroutine* find(Goid goid);
  // `goid` must not be in the table.
  Goroutine& insert(Goid goid);
  void erase(Goid goid);
  std::size_t size() const { return size_; }

  template <typename Visit>
  void for_each(Visit visit) const {
    for (const Goroutine& g : slab_) {
      if (g.goid != 0) visit(g);
    }
  }

 private:
  struct Slot {
    Goid goid = 0;
    std::uint32_t index = 0;
  };

  std::size_t home(Goid goid) const;
  std::size_t slot_of(Goid goid) const;  // its slot, or the free one where it would go
  void grow();

  std::vector<Slot> slots_;  // a power of two, at most 3/4 full
  std::vector<Goroutine> slab_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace gosnoop::analyze
