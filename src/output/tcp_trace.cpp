// SPDX-License-Identifier: Apache-2.0
#include "output/tcp_trace.h"

#include <fmt/format.h>

#include "analyze/tcp.h"
#include "output/stack_text.h"
#include "output/tcp_json.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using event::TcpConnection;
using event::TcpRole;
using event::TcpWhat;

// What the network does to a connection is no doing of the goroutine that opened it.
std::string phrase(const TcpConnection& c) {
  switch (c.what) {
    case TcpWhat::kConnected:
      return "connected";
    case TcpWhat::kAccepted:
      return "accepted";
    case TcpWhat::kPeerClosed:
      return "closed by the peer:";
    case TcpWhat::kRetransmitted:
      return fmt::format("retransmit {} on", c.retransmits);
    case TcpWhat::kResetSent:
      return "reset sent on";
    case TcpWhat::kResetReceived:
      return "reset received on";
    default:
      return c.failed ? fmt::format("could not connect ({})", analyze::tcp_error_name(c.error))
                      : "ended:";
  }
}

std::string ends(const TcpConnection& c) {
  return fmt::format("{} {} {}", c.local.text(), c.role == TcpRole::kServer ? "<-" : "->",
                     c.remote.text());
}

bool connected_now(const TcpConnection& c) {
  return c.what == TcpWhat::kConnected && c.opened != 0 && c.established > c.opened;
}

// Numbers of an event: how long it took, what went over it.
std::string numbers(const TcpConnection& c) {
  if (connected_now(c)) return " in " + duration(c.established - c.opened);
  if (c.what != TcpWhat::kOver || c.failed) return "";
  std::string text = fmt::format(", {} sent, {} received", memory_size(c.bytes_sent),
                                 memory_size(c.bytes_received));
  if (c.opened != 0 && c.closed > c.opened) text += ", after " + duration(c.closed - c.opened);
  return text;
}

bool by_goroutine(const TcpConnection& c) {
  return c.what == TcpWhat::kConnected || c.what == TcpWhat::kAccepted || c.failed;
}

std::string opened_at(const TcpConnection& c, const symbol::Symbols& symbols) {
  const Frames stack = symbols.stack(c.stack);
  const Frame* frame = opening_frame(stack);
  return frame == nullptr ? "" : " at " + brief(*frame);
}

}  // namespace

const char* tcp_event_name(const TcpConnection& c) {
  switch (c.what) {
    case TcpWhat::kStatus:
      return "status";
    case TcpWhat::kConnected:
      return "connected";
    case TcpWhat::kAccepted:
      return "accepted";
    case TcpWhat::kPeerClosed:
      return "peer_closed";
    case TcpWhat::kRetransmitted:
      return "retransmit";
    case TcpWhat::kResetSent:
      return "reset_sent";
    case TcpWhat::kResetReceived:
      return "reset_received";
    case TcpWhat::kOver:
      break;
  }
  return c.failed ? "connect_failed" : "ended";
}

std::string tcp_event_line(const TcpConnection& c, const symbol::Symbols& symbols) {
  const std::string who = c.goid == 0 ? "?" : fmt::format("{}", c.goid);
  const std::string what = fmt::format("{} {}{}", phrase(c), ends(c), numbers(c));
  const std::string where = opened_at(c, symbols);
  if (by_goroutine(c)) return fmt::format("goroutine {} {}{}", who, what, where);
  const bool unknown = c.goid == 0 && where.empty();
  const std::string owner = unknown ? "" : fmt::format(", opened by goroutine {}{}", who, where);
  return fmt::format("connection {}{}", what, owner);
}

Json tcp_event_json(const TcpConnection& c, const symbol::Symbols& symbols) {
  return {{"event", "tcp"},
          {"what", tcp_event_name(c)},
          {"goroutine", c.goid},
          {"parent", c.parent},
          {"role", tcp_role_name(c.role)},
          {"local", c.local.text()},
          {"remote", c.remote.text()},
          {"state", tcp_state_name(c.state)},
          {"connect_ns", connected_now(c) ? Json(c.established - c.opened) : Json()},
          {"error", c.failed || c.error != 0 ? Json(analyze::tcp_error_name(c.error)) : Json()},
          {"bytes_sent", c.measured ? Json(c.bytes_sent) : Json()},
          {"bytes_received", c.measured ? Json(c.bytes_received) : Json()},
          {"srtt_us", c.measured ? Json(c.srtt_us) : Json()},
          {"retransmits", c.measured ? Json(c.retransmits) : Json()},
          {"opened_by", frames_json(symbols.stack(c.stack))},
          {"created_by", frames_json(c.go_pc == 0 ? symbol::Frames{} : symbols.at(c.go_pc))}};
}

}  // namespace gosnoop::output
