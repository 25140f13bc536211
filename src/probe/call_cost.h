// SPDX-License-Identifier: Apache-2.0
// What the tracepoints of system calls cost: the target's threads, whose calls are told, and those
// of all other processes, whose calls only pass by.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "bpf/config.h"
#include "probe/program_runs.h"
#include "probe/shared_array.h"
#include "probe/skeleton.h"

namespace gosnoop::probe {

class CallCost {
 public:
  struct Sum {
    std::uint64_t calls = 0;      // of the target, that returned
    std::uint64_t target_ns = 0;  // that telling them took of its threads
    std::uint64_t others_ns = 0;  // that the tracepoints took of others; 0 without statistics
  };

  // After the object is loaded, which must outlive the CallCost, and before the tracepoints are
  // attached: what a call of gosnoop's own takes is measured with and without them.
  static Result<CallCost> open(goroutine_bpf& skeleton);
  void attached();

  // Measures from begin() to end(): that costs each call of the target some 70 ns more.
  void begin();
  Sum end();

 private:
  struct Count {
    std::uint64_t calls = 0;
    std::uint64_t spent_ns = 0;
    Runs passing;  // of everyone's calls
  };

  Count count() const;

  goroutine_bpf* skeleton_ = nullptr;
  SharedArray<wire::lane> lanes_;
  double bare_ns_ = 0;   // what a call takes without the tracepoints
  double pass_ns_ = 0;   // and more with them
  double clock_ns_ = 0;  // what one reading of the clock takes
  Count before_;
};

}  // namespace gosnoop::probe
