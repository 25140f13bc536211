// SPDX-License-Identifier: Apache-2.0
#include "output/header_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <string>

#include "analyze/probe_cost.h"
#include "output/style.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::LossCount;
using analyze::Report;
using event::EndReason;

std::string describe(const event::Target& target) {
  return fmt::format("pid {} {} ({}{})", target.pid, printable(target.exe),
                     printable(target.go_version), target.stripped ? ", stripped" : "");
}

// Blocks the ring had no room for are in the totals all the same; those that no kernel table had
// room for are not.
std::string consequence_for_blocks(const Report& report, const LossCount& loss) {
  std::uint64_t in_totals = 0;
  for (const analyze::Hotspot& hotspot : report.blocking) in_totals += hotspot.episodes;
  if (in_totals >= loss.seen) return "totals are exact, streamed episodes and wakers are not";
  return fmt::format("{} are missing from the totals too",
                     thousands(std::min(loss.dropped, loss.seen - in_totals)));
}

std::string consequence_for_syscalls(const Report& report, const LossCount& loss) {
  std::uint64_t in_totals = 0;
  for (const analyze::SyscallUse& use : report.syscalls) in_totals += use.count;
  if (in_totals >= loss.seen) return "totals are exact, a trace is not";
  return fmt::format("{} are missing from the totals too",
                     thousands(std::min(loss.dropped, loss.seen - in_totals)));
}

std::string consequence(const Report& report, const LossCount& loss) {
  if (loss.kind == "block") return consequence_for_blocks(report, loss);
  if (loss.kind == "syscall") return consequence_for_syscalls(report, loss);
  if (loss.kind == "tcp") return "counts are exact, some connections are not shown";
  if (loss.kind == "stack") return "some stacks are not known";
  return "goroutines now are right, created and exited are lower bounds";
}

void write_losses(std::ostream& out, const Report& report, const Style& style) {
  for (const LossCount& loss : report.losses) {
    if (loss.dropped == 0) continue;
    fmt::print(out, "{} {} of {} {} events (no room for them): {}\n", style.warning("LOST"),
               thousands(loss.dropped), thousands(loss.seen), loss.kind, consequence(report, loss));
  }
}

std::string end_note(const analyze::Window& window) {
  const std::string after =
      fmt::format(" after {}: the report covers what came before", seconds(window.seconds));
  if (!window.ended) return "the events end" + after;
  if (window.end_reason == EndReason::kComplete) return "";
  const char* next =
      window.end_reason == EndReason::kTooCostly ? "; a higher --max-cost lets them stay" : "";
  return end_text(window.end_reason) + after + next;
}

void write_notes(std::ostream& out, const Report& report, const Style& style) {
  if (const std::string note = end_note(report.window); !note.empty()) {
    fmt::print(out, "{} {}\n", style.warning("NOTE"), note);
  }
  if (!report.target.probes) {
    fmt::print(out,
               "{} {}, no probes: of goroutines that came and went between two only the number "
               "is known\n",
               style.warning("NOTE"), counted(report.window.snapshots, "snapshot"));
  }
  if (report.goroutines.unreadable > 0) {
    fmt::print(out,
               "{} {} goroutines were changing too fast to be read, they are not in the report\n",
               style.warning("NOTE"), thousands(report.goroutines.unreadable));
  }
}

// " (763 hits/s, 549 ns a system call)"
std::string unit_costs(const event::ProbeCost& cost, const analyze::CostRate& rate) {
  std::string text;
  if (cost.hits > 0)
    text = fmt::format("{} hits/s", thousands(static_cast<std::uint64_t>(rate.hits_per_second)));
  if (cost.calls > 0)
    text += fmt::format("{}{} a system call", text.empty() ? "" : ", ",
                        duration(cost.calls_ns / cost.calls));
  return text.empty() ? "" : fmt::format(" ({})", text);
}

void write_cost(std::ostream& out, const Report& report) {
  constexpr double kWorthwhile = 0.0005;  // of a core
  const event::ProbeCost& cost = report.probe_cost;
  if (cost.measured_ns == 0) return;
  const analyze::CostRate rate = analyze::rate_of(cost);
  const bool uprobes = cost.hits > 0 || cost.trap_ns > 0;
  const bool calls = cost.calls > 0 || cost.others_ns > 0 || !uprobes;
  fmt::print(
      out, "{} it {} of a core{}", calls ? "tracing costs" : "probes cost",
      rate.cores < kWorthwhile ? "less than 0.1 %" : fmt::format("{:.1f} %", 100 * rate.cores),
      unit_costs(cost, rate));
  if (rate.others_cores >= kWorthwhile)
    fmt::print(out, ", other processes {:.1f} %", 100 * rate.others_cores);
  out << '\n';
}

}  // namespace

std::string end_text(EndReason reason) {
  switch (reason) {
    case EndReason::kTargetExited:
      return "the target exited";
    case EndReason::kTargetExeced:
      return "the target executed another program";
    case EndReason::kTooCostly:
      return "the probes took more of the target than --max-cost allows (100 % of a core where it "
             "was not given) and were taken off";
    case EndReason::kComplete:
      break;
  }
  return {};
}

void write_header(std::ostream& out, const Report& report, const TextOptions& options) {
  const Style style(options.color);
  fmt::print(out, "{}, {} from {}\n", describe(report.target), seconds(report.window.seconds),
             local_date(report.window.start_wall_clock_ns));
  write_cost(out, report);
  write_losses(out, report, style);
  write_notes(out, report, style);
}

std::string came_and_went(const Report& report) {
  const analyze::GoroutineCounts& count = report.goroutines;
  return fmt::format("{}{} created, {} exited", count.exact ? "" : "at least ",
                     thousands(count.created), thousands(count.exited));
}

void write_counts(std::ostream& out, const Report& report) {
  fmt::print(out, "{} now, {}\n", counted(report.goroutines.now, "goroutine"),
             came_and_went(report));
}

}  // namespace gosnoop::output
