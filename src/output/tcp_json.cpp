// SPDX-License-Identifier: Apache-2.0
#include "output/tcp_json.h"

namespace gosnoop::output {
namespace {

using analyze::Tcp;
using analyze::TcpConnection;
using analyze::TcpPeer;
using analyze::Unclosed;
using event::TcpRole;

// null where it is not known.
Json known(bool is_known, std::uint64_t value) { return is_known ? Json(value) : Json(); }

Json connection_json(const TcpConnection& c) {
  return {{"local", c.local},
          {"remote", c.remote},
          {"state", c.state},
          {"role", tcp_role_name(c.role)},
          {"age_seconds", to_millis(c.age_seconds)},
          {"older_than_window", c.older},
          {"bytes_sent", known(c.measured, c.bytes_sent)},
          {"bytes_received", known(c.measured, c.bytes_received)},
          {"srtt_us", known(c.measured, c.srtt_us)},
          {"retransmits", known(c.measured, c.retransmits)},
          {"resets_sent", c.resets_sent},
          {"resets_received", c.resets_received},
          {"connect_ns", known(c.connect_ns != 0, c.connect_ns)},
          {"failed", c.failed},
          {"error", c.error},
          {"closed_by", c.closed_by},
          {"held", c.held},
          {"goroutine", c.goroutine},
          {"parent", c.parent},
          {"created_by", frames_json(c.created_by)},
          {"opened_by", frames_json(c.opened_by)}};
}

template <typename Counts>
Json counts_json(const Counts& counts) {
  Json result = Json::object();
  for (const auto& [name, count] : counts) result[name] = count;
  return result;
}

Json peer_json(const TcpPeer& peer) {
  return {{"address", peer.address},
          {"role", tcp_role_name(peer.role)},
          {"connections", peer.connections},
          {"open", peer.open},
          {"failed", counts_json(peer.failures)},
          {"bytes_sent", peer.bytes_sent},
          {"bytes_received", peer.bytes_received},
          {"retransmits", peer.retransmits},
          {"resets", peer.resets},
          {"srtt_max_us", peer.srtt_max_us}};
}

Json unclosed_json(const Unclosed& group) {
  return {{"why", group.why},
          {"count", group.count},
          {"opened", group.opened},
          {"closed", group.closed},
          {"close_wait", group.close_wait},
          {"oldest_close_wait_seconds", to_millis(group.oldest_close_wait_seconds)},
          {"oldest_seconds", to_millis(group.oldest_seconds)},
          {"remote", group.remote},
          {"opened_by", frames_json(group.opened_by)}};
}

Json sockets_json(const analyze::SocketsAt& at) {
  return {{"kind", at.kind}, {"count", at.count}, {"opened_by", frames_json(at.opened_by)}};
}

Json connects_json(const Tcp& tcp) {
  return {{"attempted", tcp.attempted},        {"connected", tcp.connected},
          {"failed", counts_json(tcp.failed)}, {"p50_ns", tcp.connect_p50_ns},
          {"p99_ns", tcp.connect_p99_ns},      {"max_ns", tcp.connect_max_ns}};
}

}  // namespace

const char* tcp_role_name(TcpRole role) {
  switch (role) {
    case TcpRole::kClient:
      return "client";
    case TcpRole::kServer:
      return "server";
    case TcpRole::kUnknown:
      break;
  }
  return "unknown";
}

Json tcp_json(const Tcp& tcp) {
  return {{"connections", list(tcp.connections, connection_json)},
          {"ended_left_out", tcp.ended_left_out},
          {"peers", list(tcp.peers, peer_json)},
          {"connects", connects_json(tcp)},
          {"accepted", tcp.accepted},
          {"retransmits", tcp.retransmits},
          {"resets_sent", tcp.resets_sent},
          {"resets_received", tcp.resets_received},
          {"unclosed", list(tcp.unclosed, unclosed_json)},
          {"sockets", list(tcp.sockets, sockets_json)}};
}

}  // namespace gosnoop::output
