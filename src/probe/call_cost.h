// SPDX-License-Identifier: Apache-2.0
// What the tracepoints of system calls cost: the target's threads, whose calls are told, and those
// of all other processes, whose calls only pass by.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "bpf/config.h"
#include "probe/shared_array.h"
#include "probe/skeleton.h"

namespace gosnoop::probe {

// What is counted while it is measured.
struct CallCounts {
  std::uint64_t calls = 0;     // of the target, that returned
  std::uint64_t spent_ns = 0;  // by the two programs, as they measure themselves
  std::uint64_t clock_ns = 0;  // of that, by a reading of the clock that is not made otherwise
  std::uint64_t passing = 0;   // everyone's calls; 0 without statistics
};

struct CallCostSum {
  std::uint64_t calls = 0;      // of the target, that returned
  std::uint64_t target_ns = 0;  // that telling them took of its threads
  std::uint64_t others_ns = 0;  // that the tracepoints took of others; 0 without statistics
};

// `pass_ns`: what it takes a call to pass the tracepoints, whosoever it is.
CallCostSum cost_of(const CallCounts& counts, double pass_ns);

class CallCost {
 public:
  // After the object is loaded, which must outlive the CallCost, and before the tracepoints are
  // attached: what a call of gosnoop's own takes is measured with and without them.
  static Result<CallCost> open(goroutine_bpf& skeleton);
  void attached();

  // Measures from begin() to end(): that costs each call of the target four more readings of the
  // clock.
  void begin();
  CallCostSum end();

 private:
  CallCounts count() const;

  goroutine_bpf* skeleton_ = nullptr;
  SharedArray<wire::lane> lanes_;
  double bare_ns_ = 0;  // what a call takes without the tracepoints
  double pass_ns_ = 0;  // and more with them
  CallCounts before_;
};

}  // namespace gosnoop::probe
