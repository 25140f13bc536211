// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>

#include "event/contract.h"
#include "event/target_json.h"
#include "event/wire.h"

namespace gosnoop::event {
namespace {

using Record = std::vector<std::byte>;

void append(Record& record, const void* data, std::size_t size) {
  auto begin = static_cast<const std::byte*>(data);
  record.insert(record.end(), begin, begin + size);
}

// Pads to the alignment and puts the final length into the header.
Record finish(Record record) {
  record.resize((record.size() + kAlignment - 1) / kAlignment * kAlignment);
  auto size = static_cast<std::uint32_t>(record.size());
  std::memcpy(record.data() + offsetof(wire::wire_header, size), &size, sizeof(size));
  return record;
}

template <typename Body>
Record start(Body body, wire::wire_kind kind, TimeNs time) {
  body.header.kind = static_cast<std::uint16_t>(kind);
  body.header.time_ns = time;
  Record record;
  append(record, &body, sizeof(body));
  return record;
}

template <typename Body>
Record whole(const Body& body, wire::wire_kind kind, TimeNs time) {
  return finish(start(body, kind, time));
}

Record to_wire(const GoCreate& e) {
  wire::wire_go_create r{};
  r.goid = e.goid;
  r.parent_goid = e.parent;
  r.start_pc = e.start_pc;
  r.go_pc = e.go_pc;
  r.stack = e.stack;
  r.flags = e.parked ? CREATE_PARKED : 0u;
  return whole(r, wire::WIRE_GO_CREATE, e.time);
}

Record to_wire(const GoBlock& e) {
  wire::wire_go_block r{};
  r.goid = e.goid;
  r.duration_ns = e.duration_ns;
  r.stack = e.stack;
  r.object = e.object;
  r.socket = e.socket;
  r.waker_goid = e.waker_goid;
  r.waker_stack = e.waker_stack;
  r.reason = e.reason;
  r.waker = static_cast<std::uint8_t>(e.waker);
  return whole(r, wire::WIRE_GO_BLOCK, e.time);
}

Record to_wire(const GoExit& e) {
  wire::wire_go_exit r{};
  r.goid = e.goid;
  return whole(r, wire::WIRE_GO_EXIT, e.time);
}

Record to_wire(const Stack& e) {
  wire::wire_stack r{};
  r.hash = e.hash;
  r.count = static_cast<std::uint32_t>(e.frames.size());
  r.truncated = e.truncated ? 1 : 0;
  Record record = start(r, wire::WIRE_STACK, 0);
  append(record, e.frames.data(), e.frames.size() * sizeof(std::uint64_t));
  return finish(std::move(record));
}

Record to_wire(const Target& e) {
  std::string json = target_to_json(e);
  Record record = start(wire::wire_target{}, wire::WIRE_TARGET, 0);
  append(record, json.data(), json.size());
  return finish(std::move(record));
}

Record to_wire(const WindowStart& e) {
  wire::wire_window_start r{};
  r.wall_clock_ns = e.wall_clock_ns;
  return whole(r, wire::WIRE_WINDOW_START, e.time);
}

Record to_wire(const WindowEnd& e) {
  wire::wire_window_end r{};
  r.reason = static_cast<std::uint32_t>(e.reason);
  return whole(r, wire::WIRE_WINDOW_END, e.time);
}

std::uint16_t text_size(const std::string& text) {
  return static_cast<std::uint16_t>(std::min<std::size_t>(text.size(), UINT16_MAX));
}

void append_line(Record& record, const SymbolLine& line) {
  SymbolLineHead head{line.line, text_size(line.function), text_size(line.file)};
  append(record, &head, sizeof(head));
  append(record, line.function.data(), head.function_size);
  append(record, line.file.data(), head.file_size);
}

Record to_wire(const Symbol& e) {
  wire::wire_symbol r{};
  r.pc = e.pc;
  r.count = static_cast<std::uint32_t>(e.lines.size());
  Record record = start(r, wire::WIRE_SYMBOL, 0);
  for (const SymbolLine& line : e.lines) append_line(record, line);
  return finish(std::move(record));
}

Record to_wire(const SnapshotBegin& e) {
  return whole(wire::wire_snapshot_begin{}, wire::WIRE_SNAPSHOT_BEGIN, e.time);
}

Record to_wire(const GoState& e) {
  wire::wire_go_state r{};
  r.goid = e.goid;
  r.parent_goid = e.parent;
  r.start_pc = e.start_pc;
  r.go_pc = e.go_pc;
  r.stack = e.stack;
  r.since_ns = e.since;
  r.status = static_cast<std::uint8_t>(e.status);
  r.reason = e.reason;
  r.flags = (e.system ? STATE_SYSTEM : 0) | (e.timed ? STATE_TIMED : 0);
  return whole(r, wire::WIRE_GO_STATE, e.time);
}

Record to_wire(const SnapshotEnd& e) {
  wire::wire_snapshot_end r{};
  r.goroutines = e.goroutines;
  r.unreadable = e.unreadable;
  return whole(r, wire::WIRE_SNAPSHOT_END, e.time);
}

Record to_wire(const Goids& e) {
  wire::wire_goids r{};
  r.given = e.given;
  return whole(r, wire::WIRE_GOIDS, e.time);
}

Record to_wire(const BlockTotals& e) {
  wire::wire_block_totals r{};
  r.stack = e.stack;
  r.reason = e.reason;
  r.count = e.count;
  r.sum_ns = e.sum_ns;
  r.max_ns = e.max_ns;
  std::copy(e.slots.begin(), e.slots.end(), std::begin(r.slots));
  return whole(r, wire::WIRE_BLOCK_TOTALS, 0);
}

Record to_wire(const Loss& e) {
  wire::wire_loss r{};
  r.header.cpu = e.cpu;
  r.what = static_cast<std::uint64_t>(e.what);
  r.seen = e.seen;
  r.delivered = e.delivered;
  r.dropped = e.dropped;
  r.filtered = e.filtered;
  return whole(r, wire::WIRE_LOSS, 0);
}

void append_paths(Record& record, const std::vector<PathArgument>& paths) {
  std::array<wire::wire_path, SYSCALL_PATHS> room{};
  for (std::size_t i = 0; i < std::min(paths.size(), room.size()); ++i) {
    wire::wire_path& to = room[i];
    to.argument = paths[i].argument;
    to.size =
        static_cast<std::uint32_t>(std::min<std::size_t>(paths[i].path.size(), PATH_SHOWN - 1));
    std::copy_n(paths[i].path.begin(), to.size, std::begin(to.text));
    to.known = 1;
    to.truncated = paths[i].truncated ? 1 : 0;
  }
  append(record, room.data(), sizeof(room));
}

Record to_wire(const Syscall& e) {
  wire::wire_syscall r{};
  r.goid = e.goid;
  r.duration_ns = e.duration_ns;
  r.stack = e.stack;
  std::copy(e.args.begin(), e.args.end(), std::begin(r.args));
  r.result = static_cast<std::uint64_t>(e.result);
  r.file_inode = e.file_inode;
  r.number = e.number;
  r.tid = e.tid;
  r.flags = (e.in_flight ? SYSCALL_IN_FLIGHT : 0u) | (e.older ? SYSCALL_OLDER : 0u) |
            (e.file_known ? SYSCALL_FILE_KNOWN : 0u);
  const bool with_paths = e.text.empty() && !e.paths.empty();
  if (with_paths) r.flags |= SYSCALL_WITH_PATHS;
  r.origin = static_cast<std::uint16_t>(e.origin);
  Record record = start(r, wire::WIRE_SYSCALL, e.time);
  if (with_paths) append_paths(record, e.paths);
  append(record, e.text.data(), std::min<std::size_t>(e.text.size(), UINT16_MAX));
  return finish(std::move(record));
}

Record to_wire(const SyscallName& e) {
  wire::wire_syscall_name r{};
  r.number = e.number;
  Record record = start(r, wire::WIRE_SYSCALL_NAME, 0);
  append(record, e.name.data(), std::min<std::size_t>(e.name.size(), UINT16_MAX));
  return finish(std::move(record));
}

Record to_wire(const SyscallTotals& e) {
  wire::wire_syscall_totals r{};
  r.stack = e.stack;
  r.number = e.number;
  r.origin = static_cast<std::uint32_t>(e.origin);
  r.count = e.count;
  r.errors = e.errors;
  r.sum_ns = e.sum_ns;
  r.max_ns = e.max_ns;
  std::copy(e.slots.begin(), e.slots.end(), std::begin(r.slots));
  return whole(r, wire::WIRE_SYSCALL_TOTALS, 0);
}

Record to_wire(const SyscallErrors& e) {
  wire::wire_syscall_errors r{};
  r.number = e.number;
  r.origin = static_cast<std::uint32_t>(e.origin);
  r.error = e.error;
  r.count = e.count;
  return whole(r, wire::WIRE_SYSCALL_ERRORS, 0);
}

Record to_wire(const SyscallGoroutines& e) {
  wire::wire_syscall_goroutines r{};
  r.number = e.number;
  r.complete = e.complete;
  r.count = e.count;
  std::copy_n(e.goids.begin(), std::min(e.goids.size(), std::size(r.goids)), std::begin(r.goids));
  return whole(r, wire::WIRE_SYSCALL_GOROUTINES, 0);
}

void put_measures(wire::wire_tcp& r, const TcpConnection& e) {
  r.bytes_sent = e.bytes_sent;
  r.bytes_received = e.bytes_received;
  r.srtt_us = e.srtt_us;
  r.retransmits = e.retransmits;
  r.resets_sent = e.resets_sent;
  r.resets_received = e.resets_received;
}

std::uint32_t flags_of(const TcpConnection& e) {
  return (e.held ? TCP_HELD : 0u) | (e.measured ? TCP_MEASURED : 0u) | (e.ended ? TCP_ENDED : 0u) |
         (e.at_exit ? TCP_AT_EXIT : 0u) | (e.unseen ? TCP_UNSEEN : 0u);
}

Record to_wire(const TcpConnection& e) {
  wire::wire_tcp r{};
  r.id = e.id;
  r.opened_ns = e.opened;
  r.established_ns = e.established;
  r.remote_closed_ns = e.remote_closed;
  r.closed_ns = e.closed;
  r.goid = e.goid;
  r.parent_goid = e.parent;
  r.go_pc = e.go_pc;
  r.stack = e.stack;
  r.event = static_cast<std::uint8_t>(e.what);
  r.error = e.error;
  r.flags = flags_of(e);
  r.local_port = e.local.port;
  r.remote_port = e.remote.port;
  r.role = static_cast<std::uint8_t>(e.role);
  r.closer = static_cast<std::uint8_t>(e.closer);
  r.state = e.state;
  r.failed = e.failed ? 1 : 0;
  put_measures(r, e);
  std::copy(e.local.address.begin(), e.local.address.end(), std::begin(r.local));
  std::copy(e.remote.address.begin(), e.remote.address.end(), std::begin(r.remote));
  return whole(r, wire::WIRE_TCP, e.time);
}

Record to_wire(const ProbeCost& e) {
  wire::wire_probe_cost r{};
  r.measured_ns = e.measured_ns;
  r.hits = e.hits;
  r.run_ns = e.run_ns;
  r.trap_ns = e.trap_ns;
  r.calls = e.calls;
  r.calls_ns = e.calls_ns;
  r.others_ns = e.others_ns;
  return whole(r, wire::WIRE_PROBE_COST, 0);
}

Record to_wire(const TcpTotals& e) {
  wire::wire_tcp_totals r{};
  r.attempted = e.attempted;
  r.connected = e.connected;
  r.accepted = e.accepted;
  r.retransmits = e.retransmits;
  r.resets_sent = e.resets_sent;
  r.resets_received = e.resets_received;
  r.latency_sum_ns = e.latency_sum_ns;
  r.latency_max_ns = e.latency_max_ns;
  std::copy(e.failed.begin(), e.failed.end(), std::begin(r.failed));
  std::copy(e.latency.begin(), e.latency.end(), std::begin(r.latency));
  return whole(r, wire::WIRE_TCP_TOTALS, 0);
}

Record to_wire(const SocketsMade& e) {
  wire::wire_sockets_made r{};
  r.stack = e.stack;
  r.kind = static_cast<std::uint64_t>(e.kind);
  r.count = e.count;
  return whole(r, wire::WIRE_SOCKETS_MADE, 0);
}

Record to_wire(const WaitSocket& e) {
  wire::wire_wait_socket r{};
  r.inode = e.inode;
  std::copy(e.local.address.begin(), e.local.address.end(), std::begin(r.local));
  std::copy(e.remote.address.begin(), e.remote.address.end(), std::begin(r.remote));
  r.local_port = e.local.port;
  r.remote_port = e.remote.port;
  return whole(r, wire::WIRE_WAIT_SOCKET, 0);
}

Record to_wire(const GoSocket& e) {
  wire::wire_go_socket r{};
  r.goid = e.goid;
  r.fd = e.fd;
  r.flags = e.measured ? SOCKET_MEASURED : 0u;
  r.srtt_us = e.srtt_us;
  r.retransmits = e.retransmits;
  Record record = start(r, wire::WIRE_GO_SOCKET, e.time);
  append(record, e.peer.data(), std::min<std::size_t>(e.peer.size(), UINT16_MAX));
  return finish(std::move(record));
}

}  // namespace

std::vector<std::byte> encode(const Event& event) {
  return std::visit([](const auto& e) { return to_wire(e); }, event);
}

}  // namespace gosnoop::event
