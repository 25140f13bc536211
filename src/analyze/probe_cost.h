// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event/event.h"

namespace gosnoop::analyze {

struct CostRate {
  double hits_per_second = 0;   // of uprobes
  double calls_per_second = 0;  // system calls that are told
  double cores = 0;             // CPU time a second, of all threads together: 0.01 is 1 % of a core
  double others_cores = 0;      // that the tracepoints of system calls take of other processes
};

// What probes cost the target's threads while it was measured; zeros where it was not.
CostRate rate_of(const event::ProbeCost& cost);

}  // namespace gosnoop::analyze
