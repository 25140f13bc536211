// SPDX-License-Identifier: Apache-2.0
// The goroutines behind a line of a report, one by one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyze/goroutines.h"
#include "analyze/names.h"
#include "analyze/report.h"
#include "analyze/verdict.h"

namespace gosnoop::analyze {

struct Member {
  event::Goid goid = 0;
  event::Goid parent = 0;
  double age_seconds = 0;       // at least, where `older`
  bool older = false;           // than the window
  std::string wait_reason;      // "": it was not parked when last looked at
  Frames at;                    // where it is parked
  std::uint64_t waited_ns = 0;  // so far; 0: not known
};

struct MemberList {
  std::vector<Member> members;  // the oldest
  std::uint64_t all = 0;        // how many there are
};

// Of a group of find_leaks(), or of several such that are alike. Costs O(goroutines).
MemberList members_of(const LeakGroup& group, const Ledger& ledger, const Names& names,
                      const Conditions& conditions, std::size_t most);

// Who waits there now.
MemberList waiting_at(const Hotspot& hotspot, const Ledger& ledger, const Names& names,
                      const Conditions& conditions, std::size_t most);

}  // namespace gosnoop::analyze
