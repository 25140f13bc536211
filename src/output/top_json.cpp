// SPDX-License-Identifier: Apache-2.0
#include "output/top_json.h"

#include <algorithm>

#include "output/dump_text.h"
#include "output/json_parts.h"
#include "output/stack_text.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

// Groups that an alert tells of.
constexpr std::size_t kAlertGroups = 5;

template <typename Items, typename ToJson>
Json first(const Items& items, std::size_t most, ToJson to_json) {
  Json result = Json::array();
  for (const auto& item : items) {
    if (result.size() >= most) break;
    result.push_back(to_json(item));
  }
  return result;
}

Json site_json(const Frame* frame) {
  if (frame == nullptr) return nullptr;
  return {{"function", frame->function}, {"location", location(*frame, false)}};
}

Json group_json(const analyze::LeakGroup& group) {
  return {{"verdict", verdict_name(group.verdict)},
          {"why", group.why},
          {"count", group.count},
          {"growth_per_second", to_millis(group.growth_per_second)},
          {"oldest_seconds", to_millis(group.oldest_seconds)},
          {"older_than_window", group.older_than_window},
          {"start_function", group.start_function},
          {"wait_reason", group.wait_reason},
          {"created_by", site_json(creating_frame(group.created_by))},
          {"blocked_at", site_json(waiting_frame(group.blocked_at))}};
}

Json hotspot_json(const analyze::Hotspot& hotspot) {
  return {{"site", site_json(waiting_frame(hotspot.stack))},
          {"wait_reason", hotspot.wait_reason},
          {"idle", hotspot.idle},
          {"waiting_now", hotspot.waiting_now},
          {"waiting_longest_ns", hotspot.waiting_longest_ns},
          {"episodes", hotspot.episodes},
          {"total_ns", hotspot.total_ns},
          {"p50_ns", hotspot.p50_ns},
          {"p99_ns", hotspot.p99_ns}};
}

Json state_json(const analyze::StateCount& state) {
  return {{"state", status_name(state.status)},
          {"wait_reason", state.wait_reason},
          {"count", state.count}};
}

Json syscall_json(const analyze::SyscallUse& use) {
  return {{"name", use.name},     {"runtime", use.runtime},   {"count", use.count},
          {"failed", use.failed}, {"total_ns", use.total_ns}, {"p99_ns", use.p99_ns}};
}

Json tcp_json(const analyze::Tcp& tcp) {
  if (!tcp.watched) return nullptr;
  return {{"connects", tcp.attempted},
          {"accepts", tcp.accepted},
          {"retransmits", tcp.retransmits},
          {"unclosed", tcp.unclosed.size()}};
}

Json goroutines_json(const ServedProcess& process) {
  return {{"now", process.report.goroutines.now},
          {"system", process.report.goroutines.system},
          {"created", process.lives.created},
          {"exited", process.lives.exited},
          {"exact", process.lives.exact}};
}

Json losses_json(const std::vector<analyze::LossCount>& losses) {
  Json result = Json::object();
  for (const auto& loss : losses) {
    result[loss.kind] = {{"seen", loss.seen}, {"dropped", loss.dropped}};
  }
  return result;
}

Json process_json(const ServedProcess& process, std::size_t top) {
  const auto& report = process.report;
  return {{"target", target_json(report.target)},
          {"container", process.container},
          {"probes", process.probed},
          {"window_seconds", to_millis(report.window.seconds)},
          {"goroutines", goroutines_json(process)},
          {"states", list(report.states, state_json)},
          {"groups", first(report.leaks, top, group_json)},
          {"hotspots", first(report.blocking, top, hotspot_json)},
          {"syscalls", first(report.syscalls, top, syscall_json)},
          {"tcp", tcp_json(report.tcp)},
          {"losses", losses_json(process.losses)},
          {"snapshot_seconds", process.snapshot_seconds}};
}

Json refused_json(const std::map<ErrorCode, std::uint64_t>& refused) {
  Json result = Json::object();
  for (const auto& [reason, count] : by_reason(refused)) result[reason] = count;
  return result;
}

Json exporter_json(const ServedExporter& exporter) {
  return {{"version", exporter.version},
          {"interval_seconds", exporter.interval_seconds},
          {"window_seconds", exporter.window_seconds},
          {"cpu_seconds", exporter.cpu_seconds},
          {"up_seconds", to_millis(exporter.look_seconds - exporter.start_seconds)},
          {"resident_bytes", exporter.resident_bytes},
          {"begun", exporter.begun},
          {"ended", exporter.ended},
          {"hidden", exporter.hidden},
          {"refused", refused_json(exporter.refused)}};
}

}  // namespace

std::string top_json(const Served& served) {
  Json processes = Json::array();
  for (const auto& process : served.processes) {
    processes.push_back(process_json(process, served.top));
  }
  const Json document = {
      {"schema", kTopSchema},
      {"time", rfc3339(static_cast<std::uint64_t>(served.exporter.look_seconds * 1e9))},
      {"exporter", exporter_json(served.exporter)},
      {"processes", std::move(processes)}};
  return dump(document, -1) + "\n";
}

std::string alert_json(const analyze::Alert& alert, const ServedProcess& process,
                       const std::string& dump_file, std::uint64_t wall_clock_ns) {
  auto groups = process.report.leaks;
  std::stable_sort(groups.begin(), groups.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  const Json document = {{"schema", kAlertSchema},
                         {"time", rfc3339(wall_clock_ns)},
                         {"alert", name(alert.kind)},
                         {"limit", alert.limit},
                         {"goroutines", alert.goroutines},
                         {"growth_per_second", to_millis(alert.growth_per_second)},
                         {"target", target_json(process.report.target)},
                         {"container", process.container},
                         {"dump", dump_file.empty() ? Json() : Json(dump_file)},
                         {"groups", first(groups, kAlertGroups, group_json)}};
  return dump(document, -1) + "\n";
}

}  // namespace gosnoop::output
