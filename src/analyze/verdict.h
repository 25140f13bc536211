// SPDX-License-Identifier: Apache-2.0
// Whether a group of goroutines leaks. Pure: what was counted in, a verdict with its reason out.
//
// Two signs. The group *grows steadily*: members created all through the window are still there,
// and exits, also those of members older than the window, do not make up for them. Its members
// *stay*: once a second old they are parked at the same place whenever looked at, and nothing but
// their own timer wakes them. Both: leaking. One: suspect at most; see judge().
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "analyze/report.h"
#include "event/event.h"

namespace gosnoop::analyze {

inline constexpr std::size_t kSlices = 8;  // equal parts of the window

// What speaks for and against a group: its members created in the window. Adds up over groups.
struct Evidence {
  std::uint64_t created = 0;
  std::uint64_t exited = 0;
  std::array<std::uint64_t, kSlices> survivors{};  // live, by slice of their creation
  std::uint64_t settled = 0;                       // live and over a second old
  std::uint64_t looked = 0;                        // settled, and seen by a snapshot since
  std::uint64_t staying = 0;                       // looked, and stays in the sense above
  std::uint64_t dormant = 0;                       // staying, and nothing woke it, not even a timer
  std::uint64_t at_place = 0;                      // staying at the place where most stay
  event::TimeNs first_created = 0;
  event::TimeNs oldest = 0;  // creation of the oldest and the youngest live member
  event::TimeNs youngest = 0;
  // Of all groups with the same go statement and function:
  std::uint64_t older_exits = 0;       // members older than the window that exited
  std::uint64_t late_older_exits = 0;  // of these, in the window's second half
  std::uint64_t late_survivors = 0;    // live and created in the second half

  std::uint64_t live() const { return created - exited; }
  // Of another group with the same go statement. `at_place` does not add up: it is left alone.
  void add(const Evidence& other);
};

struct Judgement {
  Verdict verdict = Verdict::kOk;
  std::string why;
};

struct Conditions {
  event::TimeNs start = 0;
  event::TimeNs now = 0;
  std::uint64_t dropped = 0;  // creations and exits lost
  // Without probes: the snapshots that creations and exits are told from. 0: from events.
  std::uint64_t snapshots = 0;
};

// `wait_reason`: where most members are parked, "" if unknown.
Judgement judge(const Evidence& evidence, const Conditions& conditions,
                const std::string& wait_reason);

}  // namespace gosnoop::analyze
