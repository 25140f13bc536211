// SPDX-License-Identifier: Apache-2.0
#include "output/tcp_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "output/stack_text.h"
#include "output/style.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::Report;
using analyze::Tcp;
using analyze::TcpConnection;
using analyze::TcpPeer;
using analyze::Unclosed;
using event::TcpRole;

constexpr const char* kPeerRow = "{:<34} {:<9} {:>6} {:>7} {:>7} {:>10} {:>10} {:>9} {:>7} {:>7}\n";
constexpr const char* kConnectionRow =
    "{:<28} {:<28} {:<11} {:<6} {:>9} {:>10} {:>10} {:>9} {:>7} {:>9}  {}\n";
constexpr std::uint64_t kUs = 1000;

std::string opener(const Frames& stack) {
  const Frame* frame = opening_frame(stack);
  return frame == nullptr ? "" : brief(*frame);
}

std::string_view role_name(TcpRole role) {
  switch (role) {
    case TcpRole::kClient:
      return "connects";
    case TcpRole::kServer:
      return "accepts";
    case TcpRole::kUnknown:
      break;
  }
  return "";
}

std::string count_or_none(std::uint64_t count) { return count == 0 ? "" : thousands(count); }

std::string rtt(std::uint64_t us) { return us == 0 ? "-" : duration(us * kUs); }

// "3 refused, 1 timed_out"
template <typename Counts>
std::string reasons(const Counts& counts) {
  std::string text;
  for (const auto& [reason, count] : counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", thousands(count), reason);
  }
  return text;
}

std::uint64_t failures(const Tcp& tcp) {
  std::uint64_t sum = 0;
  for (const auto& [reason, count] : tcp.failed) sum += count;
  return sum;
}

// "main.dial main.go:7, called by main.leak main.go:30": a helper that dials says little alone.
std::string opener_and_caller(const Frames& stack) {
  const Frame* frame = opening_frame(stack);
  if (frame == nullptr) return "connections older than the tracing";
  const Frame* end = stack.data() + stack.size();
  const Frame* caller = std::find_if_not(frame + 1, end, is_runtime_frame);
  return brief(*frame) + (caller == end ? "" : ", called by " + brief(*caller) + ",");
}

std::string leak_answer(const Unclosed& group, const Style& style) {
  const Frame* frame = opening_frame(group.opened_by);
  const std::string who = opener_and_caller(group.opened_by);
  const std::string_view what =
      frame == nullptr ? " are never closed" : " never closes connections";
  return fmt::format("{}  {}{}: {} open to {}, {}", style.alarm("UNCLOSED"), style.strong(who),
                     what, thousands(group.count), group.remote, group.why);
}

std::uint64_t open_connections(const Tcp& tcp) {
  return static_cast<std::uint64_t>(
      std::count_if(tcp.connections.begin(), tcp.connections.end(),
                    [](const TcpConnection& c) { return c.state != "CLOSE"; }));
}

void write_peers(std::ostream& out, const Tcp& tcp, const TextOptions& options) {
  const Style style(options.color);
  fmt::print(
      out, "\n{}",
      style.strong(fmt::format(kPeerRow, "remote (accepted: local)", "role", "open", "all",
                               "failed", "sent", "received", "max rtt", "retrans", "resets")));
  std::size_t shown = options.all ? tcp.peers.size() : std::min(tcp.peers.size(), options.top);
  for (std::size_t i = 0; i < shown; ++i) {
    const TcpPeer& p = tcp.peers[i];
    fmt::print(out, kPeerRow, p.address, role_name(p.role), thousands(p.open),
               thousands(p.connections), count_or_none(p.failed), memory_size(p.bytes_sent),
               memory_size(p.bytes_received), rtt(p.srtt_max_us), count_or_none(p.retransmits),
               count_or_none(p.resets));
  }
  if (shown < tcp.peers.size()) {
    fmt::print(out, "    and {} more (--all shows them)\n", thousands(tcp.peers.size() - shown));
  }
}

void write_connection(std::ostream& out, const TcpConnection& c) {
  const std::string end = c.failed ? c.error : c.closed_by;
  fmt::print(out, kConnectionRow, c.local, c.remote, c.state, end.substr(0, 11),
             (c.older ? ">" : "") + seconds(c.age_seconds),
             c.measured ? memory_size(c.bytes_sent) : "?",
             c.measured ? memory_size(c.bytes_received) : "?", rtt(c.srtt_us),
             count_or_none(c.retransmits), c.connect_ns == 0 ? "" : duration(c.connect_ns),
             connection_owner(c));
}

using Connections = std::vector<const TcpConnection*>;

void write_connections(std::ostream& out, std::string_view title, const Connections& list,
                       const TextOptions& options) {
  if (list.empty()) return;
  const Style style(options.color);
  fmt::print(out, "\n{}\n", style.strong(title));
  fmt::print(out, kConnectionRow, "local", "remote", "state", "end", "age", "sent", "received",
             "rtt", "retrans", "connect", "opened by");
  const std::size_t shown = options.all ? list.size() : std::min(list.size(), options.top);
  for (std::size_t i = 0; i < shown; ++i) write_connection(out, *list[i]);
  if (shown < list.size()) {
    fmt::print(out, "    and {} more (--all shows them)\n", thousands(list.size() - shown));
  }
}

template <typename Wanted>
Connections chosen(const Tcp& tcp, Wanted wanted) {
  Connections list;
  for (const TcpConnection& c : tcp.connections) {
    if (wanted(c)) list.push_back(&c);
  }
  return list;
}

// Those that lost packets first, then by round trip.
Connections slowest(const Tcp& tcp) {
  auto list = chosen(tcp, [](const TcpConnection& c) { return !c.failed && c.srtt_us != 0; });
  std::stable_sort(list.begin(), list.end(), [](const TcpConnection* a, const TcpConnection* b) {
    return std::pair(a->retransmits, a->srtt_us) > std::pair(b->retransmits, b->srtt_us);
  });
  return list;
}

void write_unclosed(std::ostream& out, const Unclosed& group, const TextOptions& options) {
  const Style style(options.color);
  fmt::print(out, "\n{}\n", leak_answer(group, style));
  fmt::print(out, "  {:<12}{} open, {} opened, {} closed; oldest {}\n", "count",
             thousands(group.count), thousands(group.opened), thousands(group.closed),
             seconds(group.oldest_seconds));
  if (group.close_wait != 0) {
    fmt::print(out, "  {:<12}{}, the oldest for {}\n", "CLOSE_WAIT", thousands(group.close_wait),
               seconds(group.oldest_close_wait_seconds));
  }
  fmt::print(out, "  opened by\n");
  write_stack(out, group.opened_by, 4, options.full_paths, style);
}

void write_sockets(std::ostream& out, const Tcp& tcp, const TextOptions& options) {
  if (tcp.sockets.empty()) return;
  fmt::print(out, "\n{}\n", Style(options.color).strong("other sockets made"));
  const std::size_t shown =
      options.all ? tcp.sockets.size() : std::min(tcp.sockets.size(), options.top);
  for (std::size_t i = 0; i < shown; ++i) {
    const analyze::SocketsAt& at = tcp.sockets[i];
    fmt::print(out, "{:>9} {:<5} {}\n", thousands(at.count), at.kind, opener(at.opened_by));
  }
}

}  // namespace

std::string connection_owner(const TcpConnection& c) {
  std::string text = c.goroutine == 0 ? "" : fmt::format("goroutine {}", c.goroutine);
  const std::string line = opener(c.opened_by);
  if (!line.empty()) text += (text.empty() ? "" : " at ") + line;
  const Frame* creator = creating_frame(c.created_by);
  if (creator != nullptr) text += ", created at " + brief(*creator);
  return text;
}

void write_tcp_answers(std::ostream& out, const Report& report, const TextOptions& options) {
  const Style style(options.color);
  const Tcp& tcp = report.tcp;
  for (const Unclosed& group : tcp.unclosed) fmt::print(out, "{}\n", leak_answer(group, style));
  if (const std::uint64_t failed = failures(tcp); failed != 0) {
    fmt::print(out, "{}  {} of {} connects failed: {}\n", style.warning("FAILED"),
               thousands(failed), thousands(tcp.attempted), reasons(tcp.failed));
  }
  fmt::print(out, "{} open; {}{}, {} accepted, {}, {}\n",
             counted(open_connections(tcp), "connection"), counted(tcp.attempted, "connect"),
             tcp.connected == 0 ? ""
                                : fmt::format(" (p50 {}, p99 {})", duration(tcp.connect_p50_ns),
                                              duration(tcp.connect_p99_ns)),
             thousands(tcp.accepted), counted(tcp.retransmits, "retransmit"),
             counted(tcp.resets_sent + tcp.resets_received, "reset"));
}

void write_tcp_evidence(std::ostream& out, const Report& report, const TextOptions& options) {
  const Tcp& tcp = report.tcp;
  if (!tcp.peers.empty()) write_peers(out, tcp, options);
  write_connections(out, "slow: most retransmits, then longest round trip", slowest(tcp), options);
  write_connections(out, "failed", chosen(tcp, [](const TcpConnection& c) { return c.failed; }),
                    options);
  for (const Unclosed& group : tcp.unclosed) write_unclosed(out, group, options);
  write_sockets(out, tcp, options);
}

}  // namespace gosnoop::output
