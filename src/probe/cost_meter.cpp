// SPDX-License-Identifier: Apache-2.0
#include "probe/cost_meter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <cerrno>
#include <cstring>

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

CostMeter::CostMeter(const goroutine_bpf& skeleton, double max_cores) : max_cores_(max_cores) {
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
  if (statistics_) {
    if (now >= begun_ + kAtLeast) stop();
  } else if (!programs_.empty() && now >= next_) {
    begin();
  }
}

void CostMeter::begin() {
  statistics_ = Fd(bpf_enable_stats(BPF_STATS_RUN_TIME));
  before_ = runs();
  begun_ = Clock::now();
  next_ = begun_ + kEvery;
}

void CostMeter::stop() {
  if (!statistics_) return;
  const auto now = Clock::now();
  const Runs after = runs();
  statistics_ = Fd();
  const Runs more{after.count - before_.count, after.time_ns - before_.time_ns};
  const auto measured = static_cast<std::uint64_t>((now - begun_) / std::chrono::nanoseconds(1));
  sum_.count += more.count;
  sum_.time_ns += more.time_ns;
  measured_ns_ += measured;
  const auto spent = static_cast<double>(more.time_ns + more.count * trap_ns());
  const bool above = spent > max_cores_ * static_cast<double>(measured);
  above_in_a_row_ = above ? above_in_a_row_ + 1 : 0;
}

std::uint64_t CostMeter::trap_ns() {
  if (measuring_trap_.valid()) trap_ns_ = measuring_trap_.get();
  return trap_ns_;
}

// Counted while the statistics are on.
CostMeter::Runs CostMeter::runs() const {
  Runs runs;
  for (int program : programs_) {
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    if (bpf_prog_get_info_by_fd(program, &info, &size) != 0) continue;
    runs.count += info.run_cnt;
    runs.time_ns += info.run_time_ns;
  }
  return runs;
}

Result<void> CostMeter::send(RecordSink& sink) {
  if (measured_ns_ == 0) return {};
  wire::wire_probe_cost record{};
  fill_header(record, wire::WIRE_PROBE_COST, sizeof(record));
  record.measured_ns = measured_ns_;
  record.hits = sum_.count;
  record.run_ns = sum_.time_ns;
  record.trap_ns = trap_ns();
  return put(sink, record);
}

}  // namespace gosnoop::probe
