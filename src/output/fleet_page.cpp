// SPDX-License-Identifier: Apache-2.0
#include "output/fleet_page.h"

#include <fmt/format.h>

#include <charconv>

#include "output/top_tables.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

double number(std::uint64_t value) { return static_cast<double>(value); }

const char* verdict(const TopProcess& process) {
  return process.leaking > 0 ? "LEAKING" : process.suspect > 0 ? "SUSPECT" : "";
}

Look look(const TopProcess& process) {
  if (process.leaking > 0) return Look::kAlarm;
  return process.suspect > 0 ? Look::kWarning : Look::kPlain;
}

TopRow row_of(const TopProcess& process) {
  TopRow row;
  row.key = std::to_string(process.pid);
  row.look = look(process);
  row.about = process.worst;
  row.cells = {verdict(process),
               row.key,
               thousands(process.goroutines),
               thousands(process.waiting),
               process.growth_per_second ? signed_per_second(*process.growth_per_second) : "-",
               process.created_per_second ? per_second(*process.created_per_second) : "-",
               process.rss_bytes ? memory_size(*process.rss_bytes) : "?",
               process.container.empty() ? "-" : printable(process.container),
               printable(process.program)};
  return row;
}

TopTable process_table(const TopFleet& fleet, const TopChoice& choice) {
  TopTable table;
  table.columns = {{"", 7},
                   {"PID", 7, true},
                   {"NOW", 8, true},
                   {"WAITING", 8, true},
                   {"GROWTH/S", 8, true},
                   {"NEW/S", 7, true},
                   {"RSS", 8, true},
                   {"CONTAINER", 12, false, 100},
                   {"PROGRAM"}};
  table.empty = "no Go process is found";
  const std::array<TopOrder<TopProcess>, 5> orders{
      {{"number", [](const auto& p) { return number(p.goroutines); }},
       {"growth", [](const auto& p) { return p.growth_per_second.value_or(0); }},
       {"verdict", [](const auto& p) { return number(1000 * p.leaking + p.suspect); }},
       {"memory", [](const auto& p) { return number(p.rss_bytes.value_or(0)); }},
       {"pid", [](const auto& p) { return -static_cast<double>(p.pid); }}}};
  fill(table, fleet.processes, choice, orders, row_of);
  return table;
}

StyledLine title(const TopFleet& fleet, const TopState& state) {
  StyledLine line(fmt::format("gosnoop top  {} Go processes", fleet.processes.size()),
                  Look::kStrong);
  if (state.paused) line.add("  PAUSED", Look::kWarning);
  return line;
}

StyledLine totals(const TopFleet& fleet) {
  std::uint64_t goroutines = 0;
  std::size_t leaking = 0;
  for (const auto& process : fleet.processes) {
    goroutines += process.goroutines;
    leaking += process.leaking > 0 ? 1 : 0;
  }
  StyledLine line(counted(goroutines, "goroutine"));
  if (leaking > 0) {
    line.add("; ");
    line.add(fmt::format("{} leaking", leaking), Look::kAlarm);
  }
  line.add("; " + local_time(fleet.wall_clock_ns).substr(0, 8), Look::kDim);
  return line;
}

StyledLine limits(const TopFleet& fleet) {
  StyledLine line("from snapshots");
  if (fleet.refused > 0) {
    line.add(fmt::format("; {} more cannot be looked at (gosnoop ps says why)", fleet.refused),
             Look::kWarning);
  }
  if (fleet.hidden > 0) {
    line.add(fmt::format("; {} more may be Go's", fleet.hidden), Look::kWarning);
  }
  line.add("; " + own_cost(fleet.cost));
  return line;
}

}  // namespace

TopPage fleet_page(const TopFleet& fleet, const TopState& state) {
  TopPage page;
  page.head = {title(fleet, state), totals(fleet), limits(fleet)};
  page.tables.push_back(process_table(fleet, {state.filter, state.sort_of(0)}));
  page.help = {"Enter opens a process, with probes unless --no-probes was given.",
               "GROWTH/S  goroutines more a second; NEW/S: created, also those that ended since",
               "Verdicts are of the last five to ten minutes, from snapshots alone."};
  return page;
}

std::optional<pid_t> selected_process(const TopState& state) {
  const std::string& key = state.selected_in(0);
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), pid);
  return error == std::errc() && pid > 0 ? std::optional(pid) : std::nullopt;
}

}  // namespace gosnoop::output
