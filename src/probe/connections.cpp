// SPDX-License-Identifier: Apache-2.0
#include "probe/connections.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "probe/hash_map.h"
#include "probe/load.h"
#include "probe/records.h"

namespace gosnoop::probe {
namespace {

// 176 bytes each. Those that find no room are in the totals only, and counted as lost.
constexpr std::uint32_t kMostConnections = 1u << 17;
constexpr std::uint32_t kMostCallers = 8192;  // threads in connect(2)
constexpr std::uint32_t kMostMakers = 4096;   // stacks that made sockets

std::array<bpf_program*, 10> programs(const goroutine_bpf& skeleton) {
  const auto& p = skeleton.progs;
  // What ends and changes connections before what begins them.
  return {p.on_tcp_destroy, p.on_tcp_retransmit, p.on_tcp_receive_reset, p.on_tcp_send_reset,
          p.on_tcp_state,   p.on_tcp_own_state,  p.on_connect_exit,      p.on_accept4_exit,
          p.on_accept_exit, p.on_socket_exit};
}

void put_end(std::uint8_t (&address)[16], wire::u16& port, const Endpoint& from) {
  std::copy(from.address.begin(), from.address.end(), address);
  port = from.port;
}

void update(wire::wire_tcp& to, const target::TcpSocket& socket) {
  put_end(to.local, to.local_port, socket.local);
  put_end(to.remote, to.remote_port, socket.remote);
  to.state = socket.state;
  to.bytes_sent = socket.bytes_sent;
  to.bytes_received = socket.bytes_received;
  to.srtt_us = socket.srtt_us;
  to.retransmits = socket.retransmits;
  to.flags |= TCP_MEASURED;
}

bool same(wire::wire_tcp a, const wire::wire_tcp& b) {
  a.header = b.header;
  return std::memcmp(&a, &b, sizeof(a)) == 0;
}

// `looked_ns`: whatever happened to it later is told by a record of its own.
Result<void> put_looked_at(RecordSink& sink, wire::wire_tcp tcp, std::uint64_t looked_ns) {
  fill_header(tcp, wire::WIRE_TCP, sizeof(tcp));
  tcp.header.time_ns = looked_ns;
  return put(sink, tcp);
}

std::unordered_set<std::uint16_t> listening_ports(const std::vector<target::TcpSocket>& sockets) {
  std::unordered_set<std::uint16_t> ports;
  for (const auto& socket : sockets) {
    if (socket.state == kTcpListen) ports.insert(socket.local.port);
  }
  return ports;
}

// The sockets that the kernel told of, to look up connections in. One that the program closed,
// while the peer has not acknowledged everything, has no inode any more, but still both its ends to
// itself.
class Found {
 public:
  // `sockets` must outlive it.
  explicit Found(const std::vector<target::TcpSocket>& sockets) {
    for (const auto& socket : sockets) {
      if (socket.inode != 0) {
        by_inode_[socket.inode] = &socket;
      } else {
        closed_[{socket.local, socket.remote}] = &socket;
      }
    }
  }

  // nullptr: none.
  const target::TcpSocket* of(const wire::wire_tcp& tcp) const {
    if (auto one = by_inode_.find(tcp.id); one != by_inode_.end()) return one->second;
    if ((tcp.flags & TCP_HELD) != 0) return nullptr;
    auto one = closed_.find(
        {{std::to_array(tcp.local), tcp.local_port}, {std::to_array(tcp.remote), tcp.remote_port}});
    return one != closed_.end() ? one->second : nullptr;
  }

 private:
  std::unordered_map<std::uint64_t, const target::TcpSocket*> by_inode_;
  std::map<std::pair<Endpoint, Endpoint>, const target::TcpSocket*> closed_;
};

void add(wire::wire_tcp_totals& sum, const wire::wire_tcp_totals& part) {
  sum.attempted += part.attempted;
  sum.connected += part.connected;
  for (std::size_t i = 0; i < wire::TCP_FAILURES; ++i) sum.failed[i] += part.failed[i];
  sum.accepted += part.accepted;
  sum.retransmits += part.retransmits;
  sum.resets_sent += part.resets_sent;
  sum.resets_received += part.resets_received;
  sum.latency_sum_ns += part.latency_sum_ns;
  sum.latency_max_ns = std::max(sum.latency_max_ns, part.latency_max_ns);
  for (std::size_t i = 0; i < HISTOGRAM_SLOTS; ++i) sum.latency[i] += part.latency[i];
}

}  // namespace

void choose_tcp(goroutine_bpf& skeleton, bool wanted) {
  for (bpf_program* program : programs(skeleton)) {
    bpf_program__set_autoload(program, wanted);
  }
  const auto& maps = skeleton.maps;
  bpf_map__set_max_entries(maps.connections, wanted ? kMostConnections : 1);
  bpf_map__set_max_entries(maps.older_connections, wanted ? kMostConnections : 1);
  bpf_map__set_max_entries(maps.connecting, wanted ? kMostCallers : 1);
  bpf_map__set_max_entries(maps.sockets_made, wanted ? kMostMakers : 1);
}

bool follows_tcp(const goroutine_bpf& skeleton) {
  return bpf_program__autoload(skeleton.progs.on_tcp_own_state);
}

std::uint64_t missed_runs(const goroutine_bpf& skeleton) {
  std::uint64_t missed = 0;
  for (const bpf_program* program : programs(skeleton)) {
    if (program == skeleton.progs.on_tcp_own_state) continue;  // what interrupts it is not its own
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    int fd = bpf_program__fd(program);
    if (fd >= 0 && bpf_prog_get_info_by_fd(fd, &info, &size) == 0) missed += info.recursion_misses;
  }
  return missed;
}

Result<std::vector<Link>> attach_tcp(const goroutine_bpf& skeleton) {
  std::vector<Link> links;
  for (bpf_program* program : programs(skeleton)) {
    TRY_ASSIGN(auto link, attach_tracepoint(program, bpf_program__name(program)));
    links.push_back(std::move(link));
  }
  return links;
}

Result<Connections> Connections::attach(const goroutine_bpf& skeleton,
                                        const target::Process& process) {
  TRY_ASSIGN(auto diag, target::SockDiag::open(process.pid()));
  Connections connections(skeleton, process, std::move(diag));
  wire::u64 none = 0;
  for (wire::u64 kind = 0; kind < wire::SOCKET_KINDS; ++kind) {
    wire::socket_maker rest{0, kind};
    bpf_map_update_elem(bpf_map__fd(skeleton.maps.sockets_made), &rest, &none, BPF_ANY);
  }
  TRY_ASSIGN(connections.links_, attach_tcp(skeleton));
  return connections;
}

Result<void> Connections::find_older() {
  auto held = target::socket_inodes(process_->pid());
  TRY_ASSIGN(auto sockets, diag_.tcp());
  auto listening = listening_ports(sockets);
  int fd = bpf_map__fd(skeleton_->maps.older_connections);
  std::unordered_set<std::uint64_t> known;
  for_each<wire::u64, wire::wire_tcp>(skeleton_->maps.connections,
                                      [&](auto, const auto& tcp) { known.insert(tcp.id); });
  for (const auto& socket : sockets) {
    wire::u64 inode = socket.inode;
    if (socket.state == kTcpListen || socket.remote.port == 0) continue;
    if (!held.contains(inode) || known.contains(inode)) continue;
    wire::wire_tcp older{};
    older.id = inode;
    older.flags = TCP_HELD;
    older.role = listening.contains(socket.local.port) ? wire::TCP_SERVER : wire::TCP_CLIENT;
    update(older, socket);
    bpf_map_update_elem(fd, &inode, &older, BPF_ANY);
  }
  return {};
}

// What the kernel says of the sockets now; of those in another network namespace it says nothing.
void Connections::measure(Live& live) {
  auto held = target::socket_inodes(process_->pid());
  const auto sockets = diag_.tcp().value_or(std::vector<target::TcpSocket>());
  const Found found(sockets);
  for (auto& [key, tcp] : live) {
    tcp.flags &= ~static_cast<wire::u32>(TCP_MEASURED | TCP_HELD);
    if (held.contains(tcp.id)) tcp.flags |= TCP_HELD;
    if (const auto* socket = found.of(tcp)) update(tcp, *socket);
  }
}

// Older ones that ended before the BPF programs met them: nothing will happen to them any more.
void Connections::forget_older(Live& live) {
  int fd = bpf_map__fd(skeleton_->maps.older_connections);
  std::erase_if(live, [&](const auto& one) {
    const wire::wire_tcp& tcp = one.second;
    bool gone = tcp.opened_ns == 0 && (tcp.flags & (TCP_MEASURED | TCP_HELD)) == 0;
    return gone && bpf_map_delete_elem(fd, &tcp.id) == 0;
  });
}

Connections::Live Connections::look() {
  Live live;
  looked_ns_ = clock_ns(CLOCK_MONOTONIC);
  auto keep = [&live](auto, const wire::wire_tcp& tcp) { live[{tcp.id, tcp.opened_ns}] = tcp; };
  // A connection moves from the second map to the first when something happens to it.
  for_each<wire::u64, wire::wire_tcp>(skeleton_->maps.older_connections, keep);
  for_each<wire::u64, wire::wire_tcp>(skeleton_->maps.connections, keep);
  measure(live);
  forget_older(live);
  return live;
}

Result<void> Connections::tell_changed(const Live& live, RecordSink& sink) const {
  for (const auto& [key, tcp] : live) {
    auto told = told_.find(key);
    bool news = tell_all_ || told == told_.end() || !same(told->second, tcp);
    if (news) TRY(put_looked_at(sink, tcp, looked_ns_));
  }
  return {};
}

Result<void> Connections::tell_gone(Live live, RecordSink& sink) {
  for (auto& [key, tcp] : told_) {
    if (live.contains(key)) continue;
    tcp.flags = (tcp.flags | TCP_ENDED | TCP_UNSEEN) & ~static_cast<wire::u32>(TCP_HELD);
    if (tcp.closed_ns == 0) tcp.closed_ns = looked_ns_;
    TRY(put_looked_at(sink, tcp, looked_ns_));
  }
  told_ = std::move(live);
  tell_all_ = false;
  return {};
}

Result<void> Connections::send_totals(RecordSink& sink) const {
  TRY(send_sockets_made(sink));
  return send_sums(sink);
}

Result<void> Connections::send_sums(RecordSink& sink) const {
  std::vector<wire::wire_tcp_totals> parts(
      static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 1)));
  wire::u32 zero = 0;
  wire::wire_tcp_totals sum{};
  if (bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.tcp_totals), &zero, parts.data()) == 0) {
    for (const auto& part : parts) add(sum, part);
  }
  fill_header(sum, wire::WIRE_TCP_TOTALS, sizeof(sum));
  return put(sink, sum);
}

Result<void> Connections::send_sockets_made(RecordSink& sink) const {
  std::vector<wire::wire_sockets_made> records;
  for_each<wire::socket_maker, wire::u64>(
      skeleton_->maps.sockets_made, [&records](const auto& maker, wire::u64 count) {
        if (count != 0) records.push_back({{}, maker.stack, maker.kind, count});
      });
  for (auto& record : records) {
    fill_header(record, wire::WIRE_SOCKETS_MADE, sizeof(record));
    TRY(put(sink, record));
  }
  return {};
}

}  // namespace gosnoop::probe
