// SPDX-License-Identifier: Apache-2.0
#include "output/json.h"

#include "analyze/probe_cost.h"
#include "output/json_parts.h"
#include "output/tcp_json.h"
#include "output/units.h"
#include "output/waker.h"

namespace gosnoop::output {
namespace {

using analyze::Report;

const char* end_name(const analyze::Window& window) {
  switch (window.end_reason) {
    case event::EndReason::kTargetExited:
      return "target_exited";
    case event::EndReason::kTargetExeced:
      return "target_execed";
    case event::EndReason::kTooCostly:
      return "too_costly";
    case event::EndReason::kComplete:
      break;
  }
  return window.ended ? "complete" : "cut_off";
}

Json window_json(const Report& report) {
  return {{"start", rfc3339(report.window.start_wall_clock_ns)},
          {"seconds", to_millis(report.window.seconds)},
          {"end", end_name(report.window)},
          {"probes", report.target.probes},
          {"snapshots", report.window.snapshots},
          {"min_block_ns", report.target.min_block_ns}};
}

Json losses_json(const Report& report) {
  Json result = Json::object();
  for (const analyze::LossCount& loss : report.losses) {
    result[loss.kind] = {{"seen", loss.seen},
                         {"delivered", loss.delivered},
                         {"dropped", loss.dropped},
                         {"filtered", loss.filtered}};
  }
  return result;
}

Json goroutines_json(const analyze::GoroutineCounts& count) {
  return {{"now", count.now},
          {"at_start", count.at_start},
          {"created", count.created},
          {"exited", count.exited},
          {"exact", count.exact},
          {"system", count.system},
          {"unreadable", count.unreadable}};
}

Json number_or_null(std::optional<std::uint64_t> number) { return number ? Json(*number) : Json(); }

Json peer_now_json(const analyze::PeerNow& peer) {
  return {{"peer", peer.peer},
          {"count", peer.count},
          {"srtt_us", number_or_null(peer.srtt_us)},
          {"retransmits", number_or_null(peer.retransmits)}};
}

Json parked_json(const analyze::ParkedAt& place) {
  return {{"wait_reason", place.wait_reason},
          {"count", place.count},
          {"stack", frames_json(place.stack)},
          {"peers", list(place.peers, peer_now_json)},
          {"peers_left_out", place.peers_left_out}};
}

Json leak_json(const analyze::LeakGroup& group) {
  return {{"verdict", verdict_name(group.verdict)},
          {"why", group.why},
          {"count", group.count},
          {"created", group.created},
          {"exited", group.exited},
          {"growth_per_second", to_millis(group.growth_per_second)},
          {"oldest_seconds", to_millis(group.oldest_seconds)},
          {"median_age_seconds", to_millis(group.median_age_seconds)},
          {"youngest_seconds", to_millis(group.youngest_seconds)},
          {"older_than_window", group.older_than_window},
          {"wait_reason", group.wait_reason},
          {"start_function", group.start_function},
          {"created_by", frames_json(group.created_by)},
          {"blocked_at", frames_json(group.blocked_at)},
          {"parked", list(group.parked, parked_json)}};
}

Json waker_json(const analyze::WakerCount& waker) {
  return {{"kind", waker_name(waker.kind)},
          {"stack", frames_json(waker.stack)},
          {"count", waker.count}};
}

Json peer_waits_json(const analyze::PeerWaits& waits) {
  return {{"peer", waits.peer},
          {"episodes", waits.episodes},
          {"total_ns", waits.total_ns},
          {"max_ns", waits.max_ns},
          {"waiting_now", waits.waiting_now},
          {"waiting_longest_ns", waits.waiting_longest_ns},
          {"srtt_us", number_or_null(waits.srtt_us)},
          {"retransmits", number_or_null(waits.retransmits)}};
}

Json hotspot_json(const analyze::Hotspot& hotspot) {
  return {{"wait_reason", hotspot.wait_reason},
          {"stack", frames_json(hotspot.stack)},
          {"episodes", hotspot.episodes},
          {"total_ns", hotspot.total_ns},
          {"mean_ns", hotspot.mean_ns},
          {"p50_ns", hotspot.p50_ns},
          {"p99_ns", hotspot.p99_ns},
          {"max_ns", hotspot.max_ns},
          {"waiting_now", hotspot.waiting_now},
          {"waiting_longest_ns", hotspot.waiting_longest_ns},
          {"waiting_at_start", hotspot.waiting_at_start},
          {"waiting_since_start", hotspot.waiting_since_start},
          {"idle", hotspot.idle},
          {"streamed", hotspot.streamed},
          {"wakers", list(hotspot.wakers, waker_json)},
          {"peers", list(hotspot.peers, peer_waits_json)}};
}

Json caller_json(const analyze::SyscallCaller& caller) {
  return {
      {"stack", frames_json(caller.stack)}, {"count", caller.count}, {"total_ns", caller.total_ns}};
}

Json syscall_json(const analyze::SyscallUse& use) {
  Json errors = Json::object();
  for (const auto& [name, count] : use.errors) errors[name] = count;
  return {{"name", use.name},
          {"runtime", use.runtime},
          {"count", use.count},
          {"failed", use.failed},
          {"errors", errors},
          {"total_ns", use.total_ns},
          {"p50_ns", use.p50_ns},
          {"p99_ns", use.p99_ns},
          {"max_ns", use.max_ns},
          {"goroutines", use.goroutines},
          {"goroutines_complete", use.goroutines_complete},
          {"goroutine_ids", use.goroutine_ids},
          {"callers", list(use.callers, caller_json)}};
}

Json syscall_now_json(const analyze::SyscallNow& call) {
  return {{"call", call.call},
          {"goroutine", call.goroutine},
          {"runtime", call.runtime},
          {"age_ns", call.age_ns},
          {"older_than_window", call.older},
          {"stack", frames_json(call.stack)}};
}

Json probe_cost_json(const event::ProbeCost& cost) {
  const analyze::CostRate rate = analyze::rate_of(cost);
  return {{"cores", rate.cores},
          {"hits_per_second", rate.hits_per_second},
          {"calls_per_second", rate.calls_per_second},
          {"others_cores", rate.others_cores},
          {"measured_seconds", static_cast<double>(cost.measured_ns) / 1e9},
          {"trap_ns", cost.trap_ns}};
}

}  // namespace

void write_report_json(std::ostream& out, const Report& report) {
  Json document = {{"schema", kReportSchema},
                   {"target", target_json(report.target)},
                   {"window", window_json(report)},
                   {"losses", losses_json(report)},
                   {"goroutines", goroutines_json(report.goroutines)},
                   {"leaks", list(report.leaks, leak_json)},
                   {"blocking", list(report.blocking, hotspot_json)},
                   {"syscalls", list(report.syscalls, syscall_json)},
                   {"syscalls_now", list(report.syscalls_now, syscall_now_json)}};
  if (report.probe_cost.measured_ns > 0)
    document["probe_cost"] = probe_cost_json(report.probe_cost);
  if (report.tcp.watched) document["tcp"] = tcp_json(report.tcp);
  out << dump(document, 2) << '\n';
}

}  // namespace gosnoop::output
