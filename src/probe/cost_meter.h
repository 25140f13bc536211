// SPDX-License-Identifier: Apache-2.0
// What the probes cost the threads that hit them: uprobes by the kernel's own statistics of BPF
// programs, system calls by CallCost. The statistics cost every BPF program of the machine some 40
// ns a run, so they are on for a fiftieth of the time only.
#pragma once

#include <chrono>
#include <cstdint>
#include <future>
#include <optional>
#include <vector>

#include "base/fd.h"
#include "base/record_sink.h"
#include "base/result.h"
#include "probe/call_cost.h"
#include "probe/program_runs.h"
#include "probe/skeleton.h"

namespace gosnoop::probe {

// An Error where the kernel does not measure BPF programs here (CAP_SYS_ADMIN, Linux 5.8).
Result<void> try_statistics();
// An Error where measure_trap_ns(), which said `trap_ns`, could not measure either.
Result<void> check_trap(std::uint64_t trap_ns);

class CostMeter {
 public:
  // Of the uprobes' programs among those that are loaded, and of system calls where they are told;
  // the skeleton must outlive the meter. What a trap takes is measured meanwhile, by another
  // thread.
  CostMeter(const goroutine_bpf& skeleton, std::optional<CallCost> calls, double max_cores);

  // An Error where there are uprobes, and the kernel does not measure their programs.
  Result<void> check_statistics() const;
  // The same where a trap cannot be measured either. Waits until that is known.
  Result<void> check();

  // To be called every some milliseconds: begins to measure once a second, and ends at the next
  // call. Does nothing where it cannot be measured.
  void tick();
  // Ends what tick() began.
  void stop();

  // Were the last measurements all above `max_cores`? One alone may be a burst.
  bool too_costly() const { return above_in_a_row_ >= kAboveInARow; }

  // The sums so far as a record; none where nothing was measured.
  Result<void> send(RecordSink& sink);

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr int kAboveInARow = 3;

  std::uint64_t trap_ns();
  void begin();
  CallCostSum add_calls();
  void judge(double spent_ns, double measured_ns);

  std::vector<int> programs_;  // the skeleton's
  std::optional<CallCost> calls_;
  bool measuring_ = false;
  Fd statistics_;  // they are on while it is open
  Clock::time_point next_;
  Clock::time_point begun_;
  Runs before_;
  std::uint64_t measured_ns_ = 0;
  Runs sum_;
  CallCostSum calls_sum_;
  std::future<std::uint64_t> measuring_trap_;
  std::uint64_t trap_ns_ = 0;  // once it was needed
  double max_cores_;
  int above_in_a_row_ = 0;
};

}  // namespace gosnoop::probe
