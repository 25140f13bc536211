// SPDX-License-Identifier: Apache-2.0
#include "analyze/tcp.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "analyze/histogram.h"

namespace gosnoop::analyze {
namespace {

using event::SocketKind;
using event::TcpCloser;
using event::TcpFailure;
using event::TcpRole;
using event::TimeNs;

constexpr std::size_t kMostEnded = 1000;   // kept one by one
constexpr std::size_t kMostPeers = 10000;  // of connections that ended
constexpr double kSecond = 1e9;
// A program that is told of the peer's end closes within its next few instructions.
constexpr TimeNs kPromptClose = 2'000'000'000;
constexpr std::uint64_t kFewest = 5;  // connections that can be called growth

constexpr std::array<const char*, event::kTcpFailures> kFailures{
    "refused", "timed_out", "unreachable", "reset", "gave_up", "other"};

double seconds_between(TimeNs from, TimeNs to) {
  return to > from ? static_cast<double>(to - from) / kSecond : 0;
}

std::string closer_name(const event::TcpConnection& e) {
  if (e.at_exit) return "target_exit";
  switch (e.closer) {
    case TcpCloser::kLocal:
      return "local";
    case TcpCloser::kRemote:
      return "remote";
    case TcpCloser::kTimeout:
      return "timeout";
    case TcpCloser::kNone:
      break;
  }
  return "";
}

TcpConnection describe(const event::TcpConnection& e, const Names& names, TimeNs start,
                       TimeNs now) {
  TcpConnection c;
  c.local = e.local.none() ? "" : e.local.text();
  c.remote = e.remote.text();
  c.state = tcp_state_name(e.ended ? std::uint8_t{kTcpClose} : e.state);
  c.role = e.role;
  c.older = e.opened == 0;
  c.age_seconds =
      seconds_between(c.older ? start : e.opened, e.ended && e.closed != 0 ? e.closed : now);
  c.measured = e.measured;
  c.bytes_sent = e.bytes_sent;
  c.bytes_received = e.bytes_received;
  c.srtt_us = e.srtt_us;
  c.retransmits = e.retransmits;
  c.resets_sent = e.resets_sent;
  c.resets_received = e.resets_received;
  if (e.role == TcpRole::kClient && e.opened != 0 && e.established > e.opened) {
    c.connect_ns = e.established - e.opened;
  }
  c.closed_by = closer_name(e);
  c.failed = e.failed;
  if (e.failed || e.error != 0) c.error = tcp_error_name(e.error);
  c.held = e.held;
  c.goroutine = e.goid;
  c.parent = e.parent;
  c.opened_by = names.whole(e.stack);
  c.created_by = names.created_by(0, e.go_pc);
  return c;
}

// Those that were accepted have remotes without number: the local end says what they are for.
std::string peer_of(const event::TcpConnection& e) {
  return e.role == TcpRole::kServer ? e.local.text() : e.remote.text();
}

void add(TcpPeer& peer, const event::TcpConnection& e) {
  ++peer.connections;
  if (!e.ended) ++peer.open;
  if (e.failed) {
    ++peer.failed;
    ++peer.failures[tcp_error_name(e.error)];
  }
  peer.bytes_sent += e.bytes_sent;
  peer.bytes_received += e.bytes_received;
  peer.retransmits += e.retransmits;
  peer.resets += e.resets_sent + e.resets_received;
  peer.srtt_max_us = std::max<std::uint64_t>(peer.srtt_max_us, e.srtt_us);
}

// The peers beyond those there is room for are one.
template <typename Peers>
void add_to(Peers& peers, const event::TcpConnection& e) {
  std::pair key{peer_of(e), e.role};
  if (peers.size() >= kMostPeers && !peers.contains(key)) key = {"(others)", TcpRole::kUnknown};
  TcpPeer& peer = peers[key];
  peer.address = key.first;
  peer.role = key.second;
  add(peer, e);
}

template <typename Peers>
std::vector<TcpPeer> sorted(const Peers& peers) {
  std::vector<TcpPeer> result;
  result.reserve(peers.size());
  for (const auto& [key, peer] : peers) result.push_back(peer);
  std::stable_sort(result.begin(), result.end(), [](const TcpPeer& a, const TcpPeer& b) {
    return a.bytes_sent + a.bytes_received > b.bytes_sent + b.bytes_received;
  });
  return result;
}

// What is open of one stack.
struct Open {
  std::uint64_t count = 0;
  std::uint64_t late = 0;        // opened in the second half of the window
  std::uint64_t in_window = 0;   // opened in the window
  std::uint64_t close_wait = 0;  // for longer than a prompt close takes
  TimeNs oldest = 0;
  TimeNs oldest_close_wait = 0;
  std::map<std::string, std::uint64_t> peers;
};

TimeNs earlier(TimeNs known, TimeNs time) { return known == 0 ? time : std::min(known, time); }

void add(Open& open, const event::TcpConnection& e, TimeNs start, TimeNs now) {
  const TimeNs opened = e.opened == 0 ? start : e.opened;
  ++open.count;
  if (e.opened != 0) ++open.in_window;
  if (opened > start + (now - start) / 2) ++open.late;
  open.oldest = earlier(open.oldest, opened);
  ++open.peers[peer_of(e)];
  const TimeNs since = e.remote_closed == 0 ? start : e.remote_closed;
  if (e.state != kTcpCloseWait || since + kPromptClose > now) return;
  ++open.close_wait;
  open.oldest_close_wait = earlier(open.oldest_close_wait, since);
}

std::string main_peer(const Open& open) {
  auto most = std::max_element(open.peers.begin(), open.peers.end(),
                               [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == open.peers.end() ? "" : most->first;
}

// Grows all through the window, and hardly any is closed. (A pool fills in its first moments.)
bool grows(const Open& open, std::uint64_t closed) {
  return open.in_window >= kFewest && closed * 10 <= open.in_window &&
         open.late * 5 >= open.in_window && (open.in_window - open.late) * 5 >= open.in_window;
}

std::string why(const Open& open, bool growing) {
  if (open.close_wait != 0) {
    return fmt::format("the peer has closed {} of them, the program has not", open.close_wait);
  }
  return growing ? "more are opened all the time, and hardly any is closed" : "";
}

Unclosed describe(const Open& open, const Names& names, event::StackHash stack, bool growing,
                  TimeNs now) {
  Unclosed group;
  group.why = why(open, growing);
  group.opened_by = names.whole(stack);
  group.count = open.count;
  group.close_wait = open.close_wait;
  if (open.close_wait != 0) {
    group.oldest_close_wait_seconds = seconds_between(open.oldest_close_wait, now);
  }
  group.oldest_seconds = seconds_between(open.oldest, now);
  group.remote = main_peer(open);
  return group;
}

}  // namespace

std::string tcp_error_name(std::uint32_t error) {
  switch (error) {
    case 0:
      return kFailures[static_cast<std::size_t>(TcpFailure::kGaveUp)];
    case ECONNREFUSED:
      return kFailures[static_cast<std::size_t>(TcpFailure::kRefused)];
    case ETIMEDOUT:
      return kFailures[static_cast<std::size_t>(TcpFailure::kTimedOut)];
    case ENETUNREACH:
    case EHOSTUNREACH:
      return kFailures[static_cast<std::size_t>(TcpFailure::kUnreachable)];
    case ECONNRESET:
      return kFailures[static_cast<std::size_t>(TcpFailure::kReset)];
    default:
      return std::strerror(static_cast<int>(error));
  }
}

void TcpLedger::on(const event::TcpConnection& e) {
  watched_ = true;
  const Key key{e.id, e.opened};
  if (e.unseen && !live_.contains(key)) return;
  auto [it, is_new] = live_.try_emplace(key);
  if (e.time < it->second.time && !e.ended) return;  // it was looked at since
  if (is_new && e.opened != 0) ++closings_[e.stack].opened;
  it->second = e;
  if (!e.ended) return;
  live_.erase(it);
  end(e);
}

void TcpLedger::end(const event::TcpConnection& e) {
  if (e.opened != 0) ++closings_[e.stack].closed;
  add_to(peers_, e);
  ended_.push_back(e);
  if (ended_.size() <= kMostEnded) return;
  ended_.pop_front();
  ++ended_left_out_;
}

void TcpLedger::on(const event::TcpTotals& totals) {
  watched_ = true;
  totals_ = totals;
}

void TcpLedger::on(const event::SocketsMade& made) { made_[{made.kind, made.stack}] = made.count; }

std::vector<Unclosed> TcpLedger::unclosed(const Names& names, TimeNs start, TimeNs now) const {
  std::map<event::StackHash, Open> by_stack;
  for (const auto& [key, live] : live_) {
    if (live.held && !live.failed) add(by_stack[live.stack], live, start, now);
  }
  std::vector<Unclosed> groups;
  for (const auto& [stack, open] : by_stack) {
    auto it = closings_.find(stack);
    const Closings closings = it == closings_.end() ? Closings{} : it->second;
    const bool growing = stack != 0 && grows(open, closings.closed);
    if (!growing && open.close_wait == 0) continue;
    groups.push_back(describe(open, names, stack, growing, now));
    groups.back().opened = closings.opened;
    groups.back().closed = closings.closed;
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const Unclosed& a, const Unclosed& b) { return a.count > b.count; });
  return groups;
}

void TcpLedger::add_totals(Tcp& to) const {
  to.attempted = totals_.attempted;
  to.connected = totals_.connected;
  for (std::size_t i = 0; i < kFailures.size(); ++i) {
    if (totals_.failed[i] != 0) to.failed[kFailures[i]] = totals_.failed[i];
  }
  to.connect_p50_ns = quantile_ns(totals_.latency, 0.5, totals_.latency_max_ns);
  to.connect_p99_ns = quantile_ns(totals_.latency, 0.99, totals_.latency_max_ns);
  to.connect_max_ns = totals_.latency_max_ns;
  to.accepted = totals_.accepted;
  to.retransmits = totals_.retransmits;
  to.resets_sent = totals_.resets_sent;
  to.resets_received = totals_.resets_received;
}

Tcp TcpLedger::report(const Names& names, TimeNs start, TimeNs now) const {
  Tcp tcp;
  tcp.watched = watched_;
  if (!watched_) return tcp;
  Peers peers = peers_;
  for (const auto& [key, live] : live_) {
    tcp.connections.push_back(describe(live, names, start, now));
    add_to(peers, live);
  }
  std::stable_sort(tcp.connections.begin(), tcp.connections.end(),
                   [](const auto& a, const auto& b) {
                     return std::tie(a.remote, a.local) < std::tie(b.remote, b.local);
                   });
  for (const auto& e : ended_) tcp.connections.push_back(describe(e, names, start, now));
  tcp.ended_left_out = ended_left_out_;
  tcp.peers = sorted(peers);
  tcp.unclosed = unclosed(names, start, now);
  add_totals(tcp);
  for (const auto& [key, count] : made_) {
    const char* kind = key.first == SocketKind::kUnix ? "unix" : "udp";
    tcp.sockets.push_back({kind, count, names.whole(key.second)});
  }
  std::stable_sort(tcp.sockets.begin(), tcp.sockets.end(),
                   [](const auto& a, const auto& b) { return a.count > b.count; });
  return tcp;
}

}  // namespace gosnoop::analyze
