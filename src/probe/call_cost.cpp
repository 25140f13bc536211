// SPDX-License-Identifier: Apache-2.0
#include "probe/call_cost.h"

#include <bpf/libbpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>

namespace gosnoop::probe {
namespace {

using Clock = std::chrono::steady_clock;

// Of the quickest of some rounds: what interrupts them, or runs beside them, does not count.
template <typename Call>
double time_of(Call call) {
  constexpr int kRounds = 20, kCalls = 100;
  std::chrono::duration<double, std::nano> quickest = std::chrono::seconds(1);
  for (int round = 0; round < kRounds; ++round) {
    const auto before = Clock::now();
    for (int i = 0; i < kCalls; ++i) call();
    quickest = std::min<decltype(quickest)>(quickest, Clock::now() - before);
  }
  return quickest.count() / kCalls;
}

double time_of_own_call() {
  return time_of([] { ::syscall(SYS_getppid); });
}

std::uint64_t whole(double ns) { return static_cast<std::uint64_t>(std::max(0.0, ns)); }

}  // namespace

Result<CallCost> CallCost::open(goroutine_bpf& skeleton) {
  CallCost cost;
  cost.skeleton_ = &skeleton;
  TRY_ASSIGN(cost.lanes_, SharedArray<wire::lane>::open(skeleton.maps.call_lanes));
  cost.bare_ns_ = time_of_own_call();
  cost.clock_ns_ = time_of([] { (void)Clock::now(); });
  return cost;
}

void CallCost::attached() { pass_ns_ = std::max(0.0, time_of_own_call() - bare_ns_); }

CallCost::Count CallCost::count() const {
  Count sum{0, 0, runs_of({bpf_program__fd(skeleton_->progs.on_sys_enter)})};
  for (const auto& lane : lanes_.values()) {
    sum.calls += lane.seen;
    sum.spent_ns += lane.entering_ns + lane.leaving_ns;
  }
  return sum;
}

void CallCost::begin() {
  before_ = count();
  std::atomic_ref(skeleton_->bss->measure_calls).store(1);
}

// Each of the two programs measures one reading of the clock along with itself.
CallCost::Sum CallCost::end() {
  std::atomic_ref(skeleton_->bss->measure_calls).store(0);
  const Count after = count();
  const std::uint64_t calls = after.calls - before_.calls;
  const std::uint64_t all = std::max(calls, (after.passing - before_.passing).count);
  const double told = static_cast<double>(after.spent_ns - before_.spent_ns) +
                      static_cast<double>(calls) * (pass_ns_ - 2 * clock_ns_);
  return {calls, whole(told), whole(static_cast<double>(all - calls) * pass_ns_)};
}

}  // namespace gosnoop::probe
