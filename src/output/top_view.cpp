// SPDX-License-Identifier: Apache-2.0
#include "output/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "analyze/probe_cost.h"
#include "output/block_text.h"
#include "output/header_text.h"
#include "output/leak_text.h"
#include "output/stack_text.h"
#include "output/syscall_text.h"
#include "output/tcp_text.h"
#include "output/top_tables.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::Report;
using analyze::Verdict;

// --- head ----------------------------------------------------------------------------------------

// "12:04:05, last 2.0 s"
std::string when(const TopData& data) {
  std::string time = local_time(data.wall_clock_ns).substr(0, 8);
  if (data.recent.seconds > 0) time += ", last " + seconds(data.recent.seconds);
  return time;
}

// "gosnoop top  pid 4711 shop (go1.24.4)": where the file lies there is no room for.
StyledLine title(const TopData& data, const TopState& state) {
  const auto& target = data.report.target;
  const auto name = target.exe.substr(target.exe.rfind('/') + 1);
  StyledLine line(fmt::format("gosnoop top  pid {} {} ({})", target.pid, printable(name),
                              printable(target.go_version)),
                  Look::kStrong);
  line.add("  " + when(data), Look::kDim);
  if (state.paused) line.add("  PAUSED", Look::kWarning);
  return line;
}

std::string rates(const TopData& data) {
  if (data.recent.seconds <= 0) return "";
  return fmt::format(", {}{} new/s, {} ended/s", data.recent.exact ? "" : "at least ",
                     per_second(data.recent.created_per_second),
                     per_second(data.recent.exited_per_second));
}

// "; 1 group leaks, 2 are suspect"
void add_verdicts(StyledLine& line, const Report& report) {
  auto count = [&](Verdict verdict) {
    return std::count_if(report.leaks.begin(), report.leaks.end(),
                         [&](const auto& group) { return group.verdict == verdict; });
  };
  const auto leaking = count(Verdict::kLeaking), suspect = count(Verdict::kSuspect);
  if (leaking > 0) {
    line.add("; ");
    line.add(fmt::format("{} leaking", leaking), Look::kAlarm);
  }
  if (suspect > 0) {
    line.add(leaking > 0 ? ", " : "; ");
    line.add(fmt::format("{} suspect", suspect), Look::kWarning);
  }
}

StyledLine counts(const TopData& data) {
  StyledLine line(counted(data.report.goroutines.now, "goroutine"));
  line.add(rates(data));
  add_verdicts(line, data.report);
  return line;
}

// Of the last interval, where something was measured in it.
void add_probe_cost(StyledLine& line, const TopData& data) {
  const event::ProbeCost& recent = data.recent.probe_cost;
  const event::ProbeCost& cost = recent.measured_ns > 0 ? recent : data.report.probe_cost;
  if (cost.measured_ns == 0) return;
  line.add(fmt::format("; probes: {:.1f} % CPU in the target", 100 * analyze::rate_of(cost).cores));
}

void add_losses(StyledLine& line, const TopData& data) {
  std::uint64_t recent = 0;
  for (const auto& loss : data.recent.losses) recent += loss.dropped;
  const auto all = data.report.dropped();
  if (all == 0) return line.add("nothing lost");
  line.add(fmt::format("LOST {} events, {} of them just now", thousands(all), thousands(recent)),
           Look::kWarning);
}

StyledLine cost(const TopData& data) {
  StyledLine line;
  if (!data.report.target.probes) {
    line.add("no probes: waits that come and go are not seen");
  } else {
    add_losses(line, data);
    add_probe_cost(line, data);
  }
  line.add("; " + own_cost(data.cost));
  return line;
}

std::vector<std::string> help_of(const TopData& data) {
  std::vector<std::string> help = {
      "Rates, waits, calls: of the last interval. Verdicts: of all the time watched.",
      "GROWTH/S    members more a second; NEW/S, ENDED/S: created and gone",
      "WAITED      sum of the waits that ended; half of them no longer than P50",
      "NOW         members now, or goroutines that wait there now",
      "(for work)  the standard library waits for the next connection, request, …",
      "?           not known this time: goroutines were put together otherwise",
  };
  if (!data.report.target.probes) {
    help.emplace_back("Without probes there are no lengths of waits, and no wakers.");
  }
  return help;
}

// --- the selected row ----------------------------------------------------------------------------

bool has_focus(const TopData& data, const TopState& state, TopSection section) {
  const auto sections = top_sections(data);
  return sections[std::min(state.focus, sections.size() - 1)] == section;
}

template <typename Item, typename KeyOf>
const Item* selected(const std::vector<Item>& items, const TopState& state, KeyOf key_of) {
  const std::string& key = state.selected_in(state.focus);
  auto it = std::find_if(items.begin(), items.end(),
                         [&](const Item& item) { return key_of(item) == key; });
  return it == items.end() ? nullptr : &*it;
}

const analyze::SyscallUse* selected_syscall(const TopData& data, const TopState& state) {
  if (!has_focus(data, state, TopSection::kSyscalls)) return nullptr;
  return selected(data.recent.syscalls, state, [](const auto& use) { return row_key(use); });
}

const analyze::PeerChange* selected_peer(const TopData& data, const TopState& state) {
  if (!has_focus(data, state, TopSection::kPeers)) return nullptr;
  return selected(data.recent.peers, state, [](const auto& peer) { return row_key(peer); });
}

TextOptions everything() {
  TextOptions options;
  options.all = true;
  return options;
}

std::vector<std::string> lines_of(const std::ostringstream& text) {
  std::vector<std::string> lines;
  std::istringstream in(text.str());
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

void write_group(std::ostream& out, const analyze::GroupChange& change) {
  Report only;
  only.leaks = {change.group};
  write_leak_evidence(out, only, everything());
}

void write_wait(std::ostream& out, const analyze::Hotspot& hotspot, const Report& report) {
  out << '\n';
  write_hotspot(out, hotspot, report.target.min_block_ns, everything());
  if (hotspot.episodes == 0) return;
  out << fmt::format("    half of them no longer than {}, 99 % than {}\n", duration(hotspot.p50_ns),
                     duration(hotspot.p99_ns));
}

void write_syscall(std::ostream& out, const analyze::SyscallUse& use) {
  Report only;
  only.syscalls = {use};
  write_syscall_table(out, only, everything());
}

void write_peer(std::ostream& out, const analyze::PeerChange& change, const Report& report) {
  Report only;
  only.tcp.watched = true;
  only.tcp.peers = {change.peer};
  const bool accepts = change.peer.role == event::TcpRole::kServer;
  for (const auto& connection : report.tcp.connections) {
    const auto& address = accepts ? connection.local : connection.remote;
    if (address == change.peer.address) only.tcp.connections.push_back(connection);
  }
  write_tcp_evidence(out, only, everything());
}

std::string state_of(const analyze::Member& member) {
  if (member.wait_reason.empty()) return "runs, or is about to";
  const Frame* frame = waiting_frame(member.at);
  return fmt::format("{}{} at {}", printable(member.wait_reason),
                     member.waited_ns == 0 ? "" : " for " + duration(member.waited_ns),
                     frame == nullptr ? "(stack not known)" : brief(*frame));
}

void write_members(std::ostream& out, const analyze::MemberList& list) {
  if (list.all == 0) return;
  const bool some = list.members.size() < list.all;
  out << fmt::format("\nmembers{}\n",
                     some ? fmt::format(", the oldest {} of {}", thousands(list.members.size()),
                                        thousands(list.all))
                          : "");
  for (const auto& member : list.members) {
    out << fmt::format("  goroutine {:<8} by {:<8} {:>2}{:<9} {}\n", member.goid, member.parent,
                       member.older ? ">" : "", seconds(member.age_seconds), state_of(member));
  }
}

}  // namespace

std::string own_cost(const TopCost& cost) {
  const std::string memory = cost.rss_bytes == 0 ? "" : ", " + memory_size(cost.rss_bytes);
  return fmt::format("gosnoop: {:.1f} % CPU{}", 100 * cost.cpu_share, memory);
}

std::vector<TopSection> top_sections(const TopData& data) {
  std::vector<TopSection> sections = {TopSection::kGroups, TopSection::kWaits};
  if (data.syscalls) sections.push_back(TopSection::kSyscalls);
  if (data.report.tcp.watched) sections.push_back(TopSection::kPeers);
  return sections;
}

TopPage top_page(const TopData& data, const TopState& state) {
  TopPage page;
  page.can_write = true;
  page.help = help_of(data);
  page.head = {title(data, state), counts(data), cost(data)};
  for (TopSection section : top_sections(data)) {
    const TopChoice choice{state.filter, state.sort_of(page.tables.size())};
    switch (section) {
      case TopSection::kGroups:
        page.tables.push_back(group_table(data, choice));
        break;
      case TopSection::kWaits:
        page.tables.push_back(wait_table(data, choice));
        break;
      case TopSection::kSyscalls:
        page.tables.push_back(syscall_table(data, choice));
        break;
      case TopSection::kPeers:
        page.tables.push_back(peer_table(data, choice));
        break;
    }
  }
  return page;
}

const analyze::GroupChange* selected_group(const TopData& data, const TopState& state) {
  if (!has_focus(data, state, TopSection::kGroups)) return nullptr;
  return selected(data.recent.groups, state, [](const auto& group) { return group.key; });
}

const analyze::Hotspot* selected_wait(const TopData& data, const TopState& state) {
  if (!has_focus(data, state, TopSection::kWaits)) return nullptr;
  return selected(data.recent.blocking, state, [](const auto& wait) { return wait.key; });
}

std::vector<std::string> opened_text(const TopData& data, const TopState& state,
                                     const analyze::MemberList& members) {
  std::ostringstream text;
  if (const auto* group = selected_group(data, state)) {
    write_group(text, *group);
  } else if (const auto* wait = selected_wait(data, state)) {
    write_wait(text, *wait, data.report);
  } else if (const auto* use = selected_syscall(data, state)) {
    write_syscall(text, *use);
  } else if (const auto* peer = selected_peer(data, state)) {
    write_peer(text, *peer, data.report);
  } else {
    text << "\nnothing of this in the last interval\n";
  }
  write_members(text, members);
  return lines_of(text);
}

std::vector<std::string> top_summary(const Report& report) {
  std::ostringstream leaks, block;
  write_leak_answers(leaks, report, {});
  write_block_answer(block, report, {});
  return {lines_of(leaks).front(), lines_of(block).front()};
}

}  // namespace gosnoop::output
