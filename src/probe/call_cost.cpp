// SPDX-License-Identifier: Apache-2.0
#include "probe/call_cost.h"

#include <bpf/libbpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "probe/program_runs.h"
#include "probe/quickest.h"

namespace gosnoop::probe {
namespace {

double time_of_own_call() {
  return quickest_ns(20, [] { ::syscall(SYS_getppid); });
}

std::uint64_t whole(double ns) { return static_cast<std::uint64_t>(std::max(0.0, ns)); }

}  // namespace

CallCostSum cost_of(const CallCounts& counts, double pass_ns) {
  const auto calls = static_cast<double>(counts.calls);
  const auto others = static_cast<double>(counts.passing) - calls;
  const double programs_ns =
      static_cast<double>(counts.spent_ns) - static_cast<double>(counts.clock_ns);
  return {counts.calls, whole(programs_ns + calls * pass_ns), whole(others * pass_ns)};
}

Result<CallCost> CallCost::open(goroutine_bpf& skeleton) {
  CallCost cost;
  cost.skeleton_ = &skeleton;
  TRY_ASSIGN(cost.lanes_, SharedArray<wire::lane>::open(skeleton.maps.call_lanes));
  cost.bare_ns_ = time_of_own_call();
  return cost;
}

void CallCost::attached() { pass_ns_ = std::max(0.0, time_of_own_call() - bare_ns_); }

CallCounts CallCost::count() const {
  CallCounts sum;
  sum.passing = runs_of({bpf_program__fd(skeleton_->progs.on_sys_enter)}).count;
  for (const auto& lane : lanes_.values()) {
    sum.calls += lane.seen;
    sum.spent_ns += lane.entering_ns + lane.leaving_ns;
    sum.clock_ns += lane.clock_ns;
  }
  return sum;
}

void CallCost::begin() {
  before_ = count();
  std::atomic_ref(skeleton_->bss->measure_calls).store(1);
}

CallCostSum CallCost::end() {
  std::atomic_ref(skeleton_->bss->measure_calls).store(0);
  const CallCounts after = count();
  return cost_of(
      {after.calls - before_.calls, after.spent_ns - before_.spent_ns,
       after.clock_ns - before_.clock_ns, after.passing - std::min(after.passing, before_.passing)},
      pass_ns_);
}

}  // namespace gosnoop::probe
