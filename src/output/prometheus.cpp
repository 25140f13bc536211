// SPDX-License-Identifier: Apache-2.0
#include "output/prometheus.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyze/probe_cost.h"
#include "output/dump_text.h"
#include "output/exposition.h"
#include "output/json_parts.h"
#include "output/stack_text.h"

namespace gosnoop::output {
namespace {

using Type = Exposition::Type;
using analyze::LeakGroup;
using analyze::Report;

// Every second power of two from 1 µs to 69 s: the histogram's slots end there
// (analyze/histogram.h), so no count is estimated.
constexpr std::size_t kFirstBucket = 10;
constexpr std::size_t kLastBucket = 36;
constexpr std::size_t kBucketStep = 2;

constexpr double kNanosecond = 1e-9;

template <typename Number>
double number(Number value) {
  return static_cast<double>(value);
}

// --- of one process ------------------------------------------------------------------------------

class ProcessMetrics {
 public:
  ProcessMetrics(Exposition& out, const ServedProcess& process, std::size_t top)
      : out_(out), process_(process), report_(process.report), top_(top) {}

  void add_all() {
    add_info();
    add_goroutines();
    add_lives();
    add_sites();
    add_leaks();
    add_waiting();
    if (process_.probed) add_blocking();
    add_syscalls();
    if (report_.tcp.watched) add_tcp();
    add_losses();
    add_probe_cost();
    add_looks();
  }

 private:
  // The labels every metric of the process has, and more.
  Labels labels(Labels more = {}) const {
    Labels all = {{"pid", std::to_string(report_.target.pid)},
                  {"exe", report_.target.exe},
                  {"module", report_.target.module},
                  {"container", process_.container}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  void add(std::string_view name, Type type, std::string_view help, double value,
           Labels more = {}) {
    out_.family(name, type, help).add(labels(std::move(more)), value);
  }

  void add_info();
  void add_goroutines();
  void add_lives();
  void add_sites();
  void add_leaks();
  void add_waiting();
  void add_blocking();
  void add_histogram(const Site& site, const Waits& waits);
  void add_syscalls();
  void add_tcp();
  void add_connections();
  void add_losses();
  void add_probe_cost();
  void add_looks();

  Exposition& out_;
  const ServedProcess& process_;
  const Report& report_;
  std::size_t top_;
};

void ProcessMetrics::add_info() {
  add("gosnoop_target_info", Type::kGauge, "A watched process; always 1.", 1,
      {{"go_version", report_.target.go_version},
       {"build_id", report_.target.build_id},
       {"probes", process_.probed ? "true" : "false"}});
}

void ProcessMetrics::add_goroutines() {
  for (const auto& state : report_.states) {
    add("gosnoop_goroutines", Type::kGauge,
        "Goroutines by state and wait reason, as runtime.NumGoroutine counts.", number(state.count),
        {{"state", std::string(status_name(state.status))}, {"wait_reason", state.wait_reason}});
  }
  add("gosnoop_system_goroutines", Type::kGauge,
      "Goroutines of the runtime itself, which runtime.NumGoroutine does not count.",
      number(report_.goroutines.system));
  add("gosnoop_unreadable_goroutines", Type::kGauge,
      "Goroutines that the last snapshot could not read consistently.",
      number(report_.goroutines.unreadable));
}

void ProcessMetrics::add_lives() {
  add("gosnoop_goroutines_created_total", Type::kCounter,
      "Goroutines created since the process is watched.", number(process_.lives.created));
  add("gosnoop_goroutines_exited_total", Type::kCounter,
      "Goroutines that ended since the process is watched.", number(process_.lives.exited));
  add("gosnoop_goroutine_lives_exact", Type::kGauge,
      "1 where created and exited are exact, 0 where they are lower bounds.",
      process_.lives.exact ? 1 : 0);
}

// --- sites ---------------------------------------------------------------------------------------

// A group of goroutines by the `go` statement; all that there are too many of are one.
struct GroupSite {
  std::string created_by;
  std::string location;

  auto operator<=>(const GroupSite&) const = default;
};

struct GroupSum {
  std::uint64_t count = 0;
  double growth_per_second = 0;
};

GroupSite site_of(const LeakGroup& group) {
  const Frame* frame = creating_frame(group.created_by);
  if (frame == nullptr) return {"unknown", ""};
  return {frame->function, location(*frame, false)};
}

void add_to(GroupSum& sum, const LeakGroup& group) {
  sum.count += group.count;
  sum.growth_per_second += group.growth_per_second;
}

// The `top` with most in them by themselves, the rest as `other`.
template <typename Key, typename Sum, typename AddUp>
std::vector<std::pair<Key, Sum>> top_of(const std::map<Key, Sum>& all, std::size_t top,
                                        const Key& other, AddUp add_up) {
  std::vector<std::pair<Key, Sum>> sorted(all.begin(), all.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const auto& a, const auto& b) { return a.second.count > b.second.count; });
  if (sorted.size() <= top) return sorted;
  Sum rest{};
  for (std::size_t i = top; i < sorted.size(); ++i) add_up(rest, sorted[i].second);
  sorted.resize(top);
  sorted.emplace_back(other, rest);
  return sorted;
}

std::vector<std::pair<GroupSite, GroupSum>> top_groups(const std::map<GroupSite, GroupSum>& all,
                                                       std::size_t top) {
  auto add_up = [](GroupSum& to, const GroupSum& sum) {
    to.count += sum.count;
    to.growth_per_second += sum.growth_per_second;
  };
  return top_of(all, top, GroupSite{kOther, ""}, add_up);
}

void ProcessMetrics::add_sites() {
  std::map<GroupSite, GroupSum> all;
  for (const auto& group : report_.leaks) add_to(all[site_of(group)], group);
  for (const auto& [site, sum] : top_groups(all, top_)) {
    add("gosnoop_site_goroutines", Type::kGauge, "Goroutines by the go statement that made them.",
        number(sum.count), {{"created_by", site.created_by}, {"location", site.location}});
  }
}

void ProcessMetrics::add_leaks() {
  for (auto verdict : {analyze::Verdict::kLeaking, analyze::Verdict::kSuspect}) {
    std::map<GroupSite, GroupSum> all;
    std::uint64_t groups = 0;
    for (const auto& group : report_.leaks) {
      if (group.verdict != verdict) continue;
      ++groups;
      add_to(all[site_of(group)], group);
    }
    const Labels judged = {{"verdict", verdict_name(verdict)}};
    add("gosnoop_leak_groups", Type::kGauge,
        "Groups of goroutines with one creation stack that leak, or are suspected to.",
        number(groups), judged);
    for (const auto& [site, sum] : top_groups(all, top_)) {
      Labels more = judged;
      more.insert(more.end(), {{"created_by", site.created_by}, {"location", site.location}});
      add("gosnoop_leak_goroutines", Type::kGauge,
          "Goroutines that leak, or are suspected to, by the go statement that made them.",
          number(sum.count), more);
      add("gosnoop_leak_growth_per_second", Type::kGauge,
          "By how many goroutines a second they grew over the window.", sum.growth_per_second,
          more);
    }
  }
}

struct WaitingSum {
  std::uint64_t count = 0;
  std::uint64_t longest_ns = 0;
};

void ProcessMetrics::add_waiting() {
  std::map<Site, WaitingSum> all;
  auto add_up = [](WaitingSum& to, const WaitingSum& sum) {
    to.count += sum.count;
    to.longest_ns = std::max(to.longest_ns, sum.longest_ns);
  };
  for (const auto& hotspot : report_.blocking) {
    if (hotspot.waiting_now == 0) continue;
    add_up(all[output::site_of(hotspot)], {hotspot.waiting_now, hotspot.waiting_longest_ns});
  }
  for (const auto& [site, sum] : top_of(all, top_, Site{kOther, "", ""}, add_up)) {
    const Labels more = {
        {"site", site.function}, {"location", site.location}, {"wait_reason", site.wait_reason}};
    add("gosnoop_waiting_goroutines", Type::kGauge, "Goroutines that wait now, by site.",
        number(sum.count), more);
    add("gosnoop_longest_wait_seconds", Type::kGauge,
        "How long the one that waits longest is known to do so, by site.",
        number(sum.longest_ns) * kNanosecond, more);
  }
}

// --- counters of the kernel's --------------------------------------------------------------------

void ProcessMetrics::add_blocking() {
  for (const auto& [site, waits] : process_.blocking) add_histogram(site, waits);
}

// Slot i holds what is shorter than 2^i ns, and `le` means no longer than: a duration of exactly
// 2^i ns goes to the next bucket.
void ProcessMetrics::add_histogram(const Site& site, const Waits& waits) {
  auto& family = out_.family("gosnoop_block_seconds", Type::kHistogram,
                             "Finished waits of goroutines, by site and wait reason.");
  const Labels own = labels(
      {{"site", site.function}, {"location", site.location}, {"wait_reason", site.wait_reason}});
  std::uint64_t below = 0;
  std::size_t slot = 0;
  auto add_bucket = [&](const std::string& bound, std::uint64_t count) {
    Labels bucket = own;
    bucket.emplace_back("le", bound);
    family.add("_bucket", bucket, number(count));
  };
  for (std::size_t last = kFirstBucket; last <= kLastBucket; last += kBucketStep) {
    for (; slot <= last; ++slot) below += waits.slots[slot];
    add_bucket(fmt::format("{}", std::ldexp(kNanosecond, static_cast<int>(last))), below);
  }
  add_bucket("+Inf", waits.count);
  family.add("_sum", own, number(waits.total_ns) * kNanosecond);
  family.add("_count", own, number(waits.count));
}

void ProcessMetrics::add_syscalls() {
  for (const auto& use : report_.syscalls) {
    const Labels more = {{"call", use.name}, {"by", use.runtime ? "runtime" : "program"}};
    add("gosnoop_syscalls_total", Type::kCounter, "System calls that returned.", number(use.count),
        more);
    add("gosnoop_syscall_errors_total", Type::kCounter, "System calls that failed.",
        number(use.failed), more);
    add("gosnoop_syscall_seconds_total", Type::kCounter, "Time that system calls took.",
        number(use.total_ns) * kNanosecond, more);
  }
}

void ProcessMetrics::add_tcp() {
  const auto& tcp = report_.tcp;
  add("gosnoop_tcp_connects_total", Type::kCounter, "TCP connections that were tried to open.",
      number(tcp.attempted));
  add("gosnoop_tcp_connected_total", Type::kCounter, "TCP connections that were opened.",
      number(tcp.connected));
  for (const auto& [error, count] : tcp.failed) {
    add("gosnoop_tcp_connect_failures_total", Type::kCounter, "TCP connects that failed.",
        number(count), {{"error", error}});
  }
  add("gosnoop_tcp_accepts_total", Type::kCounter, "TCP connections that were accepted.",
      number(tcp.accepted));
  add("gosnoop_tcp_retransmits_total", Type::kCounter, "TCP segments that were sent again.",
      number(tcp.retransmits));
  for (auto [direction, count] :
       {std::pair("sent", tcp.resets_sent), std::pair("received", tcp.resets_received)}) {
    add("gosnoop_tcp_resets_total", Type::kCounter, "TCP resets.", number(count),
        {{"direction", direction}});
  }
  add_connections();
}

void ProcessMetrics::add_connections() {
  std::map<std::string, std::uint64_t> states;
  for (const auto& connection : report_.tcp.connections) {
    if (connection.state != "CLOSE") ++states[connection.state];
  }
  for (const auto& [state, count] : states) {
    add("gosnoop_tcp_connections", Type::kGauge, "TCP connections now, by state.", number(count),
        {{"state", state}});
  }
  std::uint64_t unclosed = 0;
  for (const auto& group : report_.tcp.unclosed) unclosed += group.count;
  add("gosnoop_tcp_unclosed_connections", Type::kGauge,
      "TCP connections that look as if no one will close them.", number(unclosed));
}

void ProcessMetrics::add_losses() {
  for (const auto& loss : process_.losses) {
    const Labels more = {{"kind", loss.kind}};
    add("gosnoop_events_total", Type::kCounter, "Hits of probes in the process, by kind of event.",
        number(loss.seen), more);
    add("gosnoop_events_lost_total", Type::kCounter, "Events that there was no room for.",
        number(loss.dropped), more);
  }
}

// Two counters, so that their rates give the cost of any span of time.
void ProcessMetrics::add_probe_cost() {
  const event::ProbeCost& cost = report_.probe_cost;
  if (cost.measured_ns == 0) return;
  const double measured = static_cast<double>(cost.measured_ns) / 1e9;
  add("gosnoop_probe_measured_seconds_total", Type::kCounter,
      "Time in which it was measured what probes cost the process.", measured);
  add("gosnoop_probe_cost_seconds_total", Type::kCounter,
      "CPU time that probes took of the process in that time.",
      measured * analyze::rate_of(cost).cores);
}

void ProcessMetrics::add_looks() {
  add("gosnoop_snapshots_total", Type::kCounter, "Snapshots taken of the goroutine table.",
      number(process_.snapshots));
  add("gosnoop_snapshot_seconds_total", Type::kCounter,
      "Time gosnoop took for them; the process is not stopped.", process_.snapshot_seconds);
}

std::string reason_label(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNoPermission:
      return "no_permission";
    case ErrorCode::kUnsupportedGo:
      return "unsupported_go";
    case ErrorCode::kBadElf:
      return "bad_elf";
    case ErrorCode::kKernel:
      return "kernel";
    default:
      return "other";
  }
}

// --- of gosnoop itself ---------------------------------------------------------------------------

void add_processes(Exposition& out, const ServedExporter& exporter, std::size_t now) {
  auto add = [&out](std::string_view name, Type type, std::string_view help, double value,
                    const Labels& labels = {}) { out.family(name, type, help).add(labels, value); };
  add("gosnoop_processes", Type::kGauge, "Processes that are watched now.", number(now));
  add("gosnoop_processes_begun_total", Type::kCounter, "Processes that were watched.",
      number(exporter.begun));
  add("gosnoop_processes_ended_total", Type::kCounter, "Watched processes that ended.",
      number(exporter.ended));
  constexpr const char* kUnwatched = "gosnoop_processes_unwatched";
  constexpr const char* kWhy =
      "Go processes that cannot be watched; hidden: of which that cannot be told.";
  add(kUnwatched, Type::kGauge, kWhy, number(exporter.hidden), {{"reason", "hidden"}});
  for (const auto& [reason, count] : by_reason(exporter.refused)) {
    add(kUnwatched, Type::kGauge, kWhy, number(count), {{"reason", reason}});
  }
}

void add_counts(Exposition& out, std::string_view name, std::string_view help,
                std::string_view label, const std::map<std::string, std::uint64_t>& counts) {
  for (const auto& [value, count] : counts) {
    out.family(name, Type::kCounter, help).add({{label, value}}, number(count));
  }
}

void add_exporter(Exposition& out, const ServedExporter& exporter) {
  auto add = [&out](std::string_view name, Type type, std::string_view help, double value) {
    out.family(name, type, help).add({}, value);
  };
  out.family("gosnoop_build_info", Type::kGauge, "gosnoop itself; always 1.")
      .add({{"version", exporter.version}}, 1);
  add("gosnoop_interval_seconds", Type::kGauge, "Time from one look at the processes to the next.",
      exporter.interval_seconds);
  add("gosnoop_window_seconds", Type::kGauge,
      "Verdicts rest on the last half of that to all of it.", exporter.window_seconds);
  add("gosnoop_looks_total", Type::kCounter, "Looks at all processes.", number(exporter.looks));
  add("gosnoop_look_seconds_total", Type::kCounter, "Time they took: snapshots, events, reports.",
      exporter.looking_seconds);
  add("gosnoop_last_look_timestamp_seconds", Type::kGauge, "When the last look ended.",
      exporter.look_seconds);
  add("process_cpu_seconds_total", Type::kCounter, "CPU time of gosnoop itself.",
      exporter.cpu_seconds);
  add("process_resident_memory_bytes", Type::kGauge, "Memory of gosnoop itself.",
      exporter.resident_bytes);
  add("process_open_fds", Type::kGauge, "Open files of gosnoop itself.", exporter.open_files);
  add("process_start_time_seconds", Type::kGauge, "When gosnoop was started.",
      exporter.start_seconds);
}

}  // namespace

std::map<std::string, std::uint64_t> by_reason(const std::map<ErrorCode, std::uint64_t>& counts) {
  std::map<std::string, std::uint64_t> reasons;
  for (const auto& [code, count] : counts) reasons[reason_label(code)] += count;
  return reasons;
}

std::string metrics_text(const Served& served) {
  Exposition out;
  add_processes(out, served.exporter, served.processes.size());
  for (const auto& process : served.processes) ProcessMetrics(out, process, served.top).add_all();
  add_counts(out, "gosnoop_alerts_total", "Alerts raised.", "alert", served.exporter.alerts);
  add_counts(out, "gosnoop_hook_runs_total", "Runs of the hook.", "outcome", served.exporter.hooks);
  add_counts(out, "gosnoop_dumps_total", "Dumps written.", "outcome", served.exporter.dumps);
  add_exporter(out, served.exporter);
  return out.text();
}

}  // namespace gosnoop::output
