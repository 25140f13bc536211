// SPDX-License-Identifier: Apache-2.0
#include "output/top_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "output/block_text.h"
#include "output/stack_text.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::GroupChange;
using analyze::Hotspot;
using analyze::PeerChange;
using analyze::SyscallUse;
using analyze::Verdict;

constexpr std::size_t kWide = 100;  // columns of a terminal from which there is room for more
constexpr std::size_t kWider = 130;

double number(std::uint64_t value) { return static_cast<double>(value); }

std::string place_of(const Frame* frame) {
  return frame == nullptr ? "(stack not known)" : brief(*frame);
}

// --- groups --------------------------------------------------------------------------------------

const char* verdict_cell(Verdict verdict) {
  switch (verdict) {
    case Verdict::kLeaking:
      return "LEAKING";
    case Verdict::kSuspect:
      return "SUSPECT";
    case Verdict::kOk:
      break;
  }
  return "";
}

Look look_of(Verdict verdict) {
  if (verdict == Verdict::kLeaking) return Look::kAlarm;
  return verdict == Verdict::kSuspect ? Look::kWarning : Look::kPlain;
}

std::string creator(const analyze::LeakGroup& group) {
  const Frame* frame = creating_frame(group.created_by);
  return frame == nullptr ? printable(group.start_function) : brief(*frame);
}

// "228 of 230 in chan send at main.(*shop).fetchQuote.func1 quote.go:31"
std::string whereabouts(const analyze::LeakGroup& group) {
  if (group.parked.empty()) return "none of them is parked";
  const auto& most = group.parked.front();
  return fmt::format("{} of {} in {} at {}", thousands(most.count), thousands(group.count),
                     printable(most.wait_reason), place_of(waiting_frame(most.stack)));
}

TopRow group_row(const GroupChange& change) {
  const auto& group = change.group;
  TopRow row;
  row.key = change.key;
  row.look = look_of(group.verdict);
  row.about = whereabouts(group);
  const bool known = change.growth_per_second.has_value();
  row.cells = {verdict_cell(group.verdict),
               thousands(group.count),
               known ? signed_per_second(*change.growth_per_second) : "?",
               known ? per_second(change.created_per_second) : "?",
               known ? per_second(change.exited_per_second) : "?",
               (group.older_than_window > 0 ? "> " : "") + seconds(group.oldest_seconds),
               printable(group.wait_reason),
               creator(group)};
  return row;
}

// --- waits ---------------------------------------------------------------------------------------

std::string length(const Hotspot& hotspot, std::uint64_t ns) {
  return hotspot.episodes == 0 ? "-" : duration(ns);
}

// "woken by a goroutine at main.(*shop).reserve.deferwrap1 orders.go:44 (100 %)"
std::string woken_by(const Hotspot& hotspot) {
  const auto lines = waker_lines(hotspot.wakers);
  if (lines.empty()) return "";
  return fmt::format("{} ({})", lines.front().text, percent(lines.front().count, hotspot.streamed));
}

std::string about_wait(const Hotspot& hotspot) {
  const std::string waker = woken_by(hotspot);
  std::string text = waker.empty() ? "" : "woken by " + waker;
  if (hotspot.waiting_now > 0 && hotspot.waiting_longest_ns > 0) {
    text += fmt::format("{}the longest of {} waits for {}", text.empty() ? "" : "; ",
                        thousands(hotspot.waiting_now), duration(hotspot.waiting_longest_ns));
  }
  return text;
}

TopRow wait_row(const Hotspot& hotspot, double seconds) {
  TopRow row;
  row.key = hotspot.key;
  row.look = hotspot.idle ? Look::kDim : Look::kPlain;
  row.about = about_wait(hotspot);
  row.cells = {length(hotspot, hotspot.total_ns),
               seconds > 0 ? per_second(number(hotspot.episodes) / seconds) : "-",
               length(hotspot, hotspot.p50_ns),
               length(hotspot, hotspot.p99_ns),
               thousands(hotspot.waiting_now),
               printable(hotspot.wait_reason),
               woken_by(hotspot),
               place_of(waiting_frame(hotspot.stack)) + (hotspot.idle ? " (for work)" : "")};
  return row;
}

// --- system calls, connections -------------------------------------------------------------------

std::string errors_of(const SyscallUse& use) {
  std::string text;
  for (const auto& [name, count] : use.errors) {
    text += fmt::format("{}{} {}", text.empty() ? "failed: " : ", ", thousands(count), name);
  }
  return text;
}

TopRow syscall_row(const SyscallUse& use, double seconds) {
  TopRow row;
  row.key = row_key(use);
  row.about = errors_of(use);
  const Frame* frame = use.callers.empty() ? nullptr : calling_frame(use.callers.front().stack);
  row.cells = {duration(use.total_ns), seconds > 0 ? per_second(number(use.count) / seconds) : "-",
               thousands(use.failed),  duration(use.p50_ns),
               duration(use.p99_ns),   printable(use.name),
               place_of(frame)};
  return row;
}

std::string about_peer(const PeerChange& change) {
  std::string text =
      fmt::format("{}, {} failed in the interval; since the start {} and {}",
                  counted(change.retransmits, "retransmit"), thousands(change.failed),
                  thousands(change.peer.retransmits), thousands(change.peer.failed));
  for (const auto& [why, count] : change.peer.failures) {
    text += fmt::format(", {} {}", thousands(count), why);
  }
  return text;
}

const char* role_name(event::TcpRole role) {
  if (role == event::TcpRole::kClient) return "connects";
  return role == event::TcpRole::kServer ? "accepts" : "";
}

TopRow peer_row(const PeerChange& change) {
  const auto& peer = change.peer;
  TopRow row;
  row.key = row_key(change);
  row.look = change.failed + change.retransmits > 0 ? Look::kWarning : Look::kPlain;
  row.about = about_peer(change);
  row.cells = {thousands(peer.open),
               thousands(peer.connections),
               memory_size(static_cast<std::uint64_t>(change.sent_per_second)),
               memory_size(static_cast<std::uint64_t>(change.received_per_second)),
               peer.srtt_max_us == 0 ? "-" : duration(peer.srtt_max_us * 1000),
               thousands(change.retransmits),
               role_name(peer.role),
               printable(peer.address)};
  return row;
}

}  // namespace

std::string per_second(double rate) {
  if (rate >= 99.95) return thousands(static_cast<std::uint64_t>(std::llround(rate)));
  return rate > 0 ? fmt::format("{:.1f}", rate) : "0";
}

std::string signed_per_second(double rate) {
  if (std::abs(rate) < 0.05) return "0";
  return (rate > 0 ? "+" : "-") + per_second(std::abs(rate));
}

std::string row_key(const SyscallUse& use) { return use.name; }

std::string row_key(const PeerChange& change) {
  return fmt::format("{} {}", role_name(change.peer.role), change.peer.address);
}

TopTable group_table(const TopData& data, const TopChoice& choice) {
  TopTable table;
  table.columns = {{"", 7},
                   {"NOW", 8, true},
                   {"GROWTH/S", 8, true},
                   {"NEW/S", 7, true},
                   {"ENDED/S", 7, true},
                   {"OLDEST", 9, true, kWide},
                   {"MOSTLY IN", 18, false, kWide},
                   {"CREATED BY"}};
  table.empty = "no goroutine";
  const std::array<TopOrder<GroupChange>, 4> orders{
      {{"verdict", nullptr},
       {"growth", [](const auto& g) { return g.growth_per_second.value_or(0); }},
       {"number", [](const auto& g) { return number(g.group.count); }},
       {"new", [](const auto& g) { return g.created_per_second; }}}};
  fill(table, data.recent.groups, choice, orders, group_row);
  return table;
}

TopTable wait_table(const TopData& data, const TopChoice& choice) {
  TopTable table;
  table.columns = {{"WAITED", 7, true},
                   {"WAITS/S", 8, true, kWide},
                   {"P50", 7, true},
                   {"P99", 7, true},
                   {"NOW", 7, true},
                   {"WAITS FOR", 15},
                   {"WOKEN BY", 48, false, kWider},
                   {"AT"}};
  table.empty = "nothing waits";
  const std::array<TopOrder<Hotspot>, 4> orders{
      {{"waited",
        [](const auto& h) {
          return h.idle ? -1.0 / (1 + number(h.total_ns)) : number(h.total_ns);
        }},
       {"p99", [](const auto& h) { return number(h.p99_ns); }},
       {"now", [](const auto& h) { return number(h.waiting_now); }},
       {"waits", [](const auto& h) { return number(h.episodes); }}}};
  fill(table, data.recent.blocking, choice, orders,
       [&](const Hotspot& h) { return wait_row(h, data.recent.seconds); });
  return table;
}

TopTable syscall_table(const TopData& data, const TopChoice& choice) {
  TopTable table;
  table.columns = {{"TOOK", 7, true}, {"CALLS/S", 8, true}, {"FAILED", 7, true}, {"P50", 7, true},
                   {"P99", 7, true},  {"CALL", 12},         {"MOSTLY AT"}};
  table.empty = "no goroutine finished a system call";
  const std::array<TopOrder<SyscallUse>, 4> orders{
      {{"took", [](const auto& u) { return number(u.total_ns); }},
       {"p99", [](const auto& u) { return number(u.p99_ns); }},
       {"calls", [](const auto& u) { return number(u.count); }},
       {"failed", [](const auto& u) { return number(u.failed); }}}};
  fill(table, data.recent.syscalls, choice, orders,
       [&](const SyscallUse& use) { return syscall_row(use, data.recent.seconds); });
  return table;
}

TopTable peer_table(const TopData& data, const TopChoice& choice) {
  TopTable table;
  table.columns = {{"OPEN", 6, true},
                   {"ALL", 7, true},
                   {"SENT/S", 8, true},
                   {"RECV/S", 8, true},
                   {"RTT", 7, true},
                   {"RETRANS", 7, true},
                   {"", 8},
                   {"REMOTE"}};
  table.empty = "no connection";
  const std::array<TopOrder<PeerChange>, 4> orders{
      {{"bytes", [](const auto& p) { return p.sent_per_second + p.received_per_second; }},
       {"open", [](const auto& p) { return number(p.peer.open); }},
       {"rtt", [](const auto& p) { return number(p.peer.srtt_max_us); }},
       {"retransmits", [](const auto& p) { return number(p.retransmits); }}}};
  fill(table, data.recent.peers, choice, orders, peer_row);
  return table;
}

}  // namespace gosnoop::output
