// SPDX-License-Identifier: Apache-2.0
#include "probe/cost_meter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "probe/own_uprobe.h"
#include "probe/records.h"

namespace gosnoop::probe {
namespace {

constexpr std::chrono::milliseconds kEvery{1000};
constexpr std::chrono::milliseconds kAtLeast{15};  // tick() may come twice in no time

tl::unexpected<Error> not_measured(ErrorCode code, const std::string& why, int error = 0) {
  return fail(code, "what the probes cost cannot be measured here: " + why,
              "run gosnoop as root (CAP_SYS_ADMIN, Linux 5.8), or without --max-cost", error);
}

}  // namespace

Result<void> try_statistics() {
  if (Fd(bpf_enable_stats(BPF_STATS_RUN_TIME))) return {};
  const int error = errno;
  return not_measured(error == EPERM ? ErrorCode::kNoPermission : ErrorCode::kKernel,
                      std::strerror(error), error);
}

Result<void> check_trap(std::uint64_t trap_ns) {
  if (trap_ns != 0) return {};
  return not_measured(ErrorCode::kKernel, "no uprobe fires on gosnoop itself");
}

CostMeter::CostMeter(const goroutine_bpf& skeleton, std::optional<CallCost> calls, double max_cores)
    : calls_(std::move(calls)), max_cores_(max_cores) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton.obj) {
    int fd = bpf_program__fd(program);
    if (bpf_program__type(program) == BPF_PROG_TYPE_KPROBE && fd >= 0) programs_.push_back(fd);
  }
  if (!programs_.empty()) measuring_trap_ = std::async(measure_trap_ns);
}

Result<void> CostMeter::check_statistics() const {
  return programs_.empty() ? Result<void>{} : try_statistics();
}

Result<void> CostMeter::check() {
  TRY(check_statistics());
  return programs_.empty() ? Result<void>{} : check_trap(trap_ns());
}

void CostMeter::tick() {
  const auto now = Clock::now();
  if (measuring_) {
    if (now >= begun_ + kAtLeast) stop();
  } else if ((!programs_.empty() || calls_) && now >= next_) {
    begin();
  }
}

// Uprobes cannot be measured without the statistics: calls alone would be half of the truth.
void CostMeter::begin() {
  next_ = Clock::now() + kEvery;
  statistics_ = Fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  measuring_ = statistics_ || programs_.empty();
  if (!measuring_) return;
  before_ = runs_of(programs_);
  if (calls_) calls_->begin();
  begun_ = Clock::now();
}

void CostMeter::stop() {
  if (!measuring_) return;
  measuring_ = false;
  const auto now = Clock::now();
  const Runs more = runs_of(programs_) - before_;
  const CallCostSum calls = add_calls();
  statistics_ = Fd();
  const auto measured = static_cast<std::uint64_t>((now - begun_) / std::chrono::nanoseconds(1));
  sum_.count += more.count;
  sum_.time_ns += more.time_ns;
  measured_ns_ += measured;
  const std::uint64_t traps_ns = more.count == 0 ? 0 : more.count * trap_ns();
  judge(static_cast<double>(more.time_ns + traps_ns + calls.target_ns),
        static_cast<double>(measured));
}

// What calls took since begin().
CallCostSum CostMeter::add_calls() {
  if (!calls_) return {};
  const CallCostSum more = calls_->end();
  calls_sum_.calls += more.calls;
  calls_sum_.target_ns += more.target_ns;
  calls_sum_.others_ns += more.others_ns;
  return more;
}

void CostMeter::judge(double spent_ns, double measured_ns) {
  above_in_a_row_ = spent_ns > max_cores_ * measured_ns ? above_in_a_row_ + 1 : 0;
}

std::uint64_t CostMeter::trap_ns() {
  if (measuring_trap_.valid()) trap_ns_ = measuring_trap_.get();
  return trap_ns_;
}

Result<void> CostMeter::send(RecordSink& sink) {
  if (measured_ns_ == 0) return {};
  wire::wire_probe_cost record{};
  fill_header(record, wire::WIRE_PROBE_COST, sizeof(record));
  record.measured_ns = measured_ns_;
  record.hits = sum_.count;
  record.run_ns = sum_.time_ns;
  record.trap_ns = trap_ns();
  record.calls = calls_sum_.calls;
  record.calls_ns = calls_sum_.target_ns;
  record.others_ns = calls_sum_.others_ns;
  return put(sink, record);
}

}  // namespace gosnoop::probe
