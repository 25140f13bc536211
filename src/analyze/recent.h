// SPDX-License-Identifier: Apache-2.0
// What happened between two reports of one run: reports count from the start, a live view shows the
// last seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyze/report.h"

namespace gosnoop::analyze {

struct GroupChange {
  LeakGroup group;  // as it is now
  std::string key;  // says which one it is, the same in all reports of a run
  double created_per_second = 0;
  double exited_per_second = 0;
  // Members more, or less. Nothing where the later report puts goroutines together otherwise than
  // the earlier one, so that it is not known.
  std::optional<double> growth_per_second;
};

struct PeerChange {
  TcpPeer peer;  // as it is now
  double sent_per_second = 0;
  double received_per_second = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t failed = 0;
};

struct Recent {
  double seconds = 0;  // from one report to the other; 0: there is no earlier one
  double created_per_second = 0;
  double exited_per_second = 0;
  bool exact = true;                 // else the two are lower bounds
  std::vector<GroupChange> groups;   // in the order of Report::leaks
  std::vector<Hotspot> blocking;     // waits that ended in between; `max_ns` is since the start
  std::vector<SyscallUse> syscalls;  // calls that returned in between, `max_ns` as above
  std::vector<PeerChange> peers;
  std::vector<LossCount> losses;
  event::ProbeCost probe_cost;
};

// `before` and `after`: of one Pipeline with all groups and the empty ones, in this order.
Recent recent(const Report& before, const Report& after);

// As `report` has it, where there is no earlier one to compare with: no rates.
Recent no_earlier(const Report& report);

}  // namespace gosnoop::analyze
