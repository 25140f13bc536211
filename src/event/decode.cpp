// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "event/contract.h"
#include "event/target_json.h"
#include "event/wire.h"

namespace gosnoop::event {
namespace {

static_assert(kHistogramSlots == HISTOGRAM_SLOTS);
static_assert(kTotalsFrames == TOTALS_FRAMES);
static_assert(static_cast<int>(Waker::kRuntime) == wire::WAKER_RUNTIME);
static_assert(static_cast<int>(EndReason::kTooCostly) == wire::WINDOW_TOO_COSTLY);
static_assert(static_cast<int>(LossKind::kTcp) + 1 == wire::LOSS_KINDS);
static_assert(static_cast<int>(TcpRole::kServer) == wire::TCP_SERVER);
static_assert(static_cast<int>(TcpCloser::kTimeout) == wire::TCP_CLOSER_TIMEOUT);
static_assert(static_cast<int>(TcpWhat::kOver) == wire::TCP_OVER);
static_assert(kTcpFailures == wire::TCP_FAILURES);
static_assert(static_cast<int>(SocketKind::kUdp) == wire::SOCKET_UDP);

tl::unexpected<Error> bad(std::string message) {
  return fail(ErrorCode::kBadRecording, std::move(message),
              "the recording is damaged, or of another gosnoop; record again");
}

enum class Tail { kNone, kAllowed };  // whether something follows the fixed part

// Into a variable, as a struct with a flexible array member cannot be in a Result.
template <typename Record>
Result<void> read_fixed(Bytes bytes, Tail tail, Record& to) {
  static_assert(std::is_trivially_copyable_v<Record>);
  bool fits = tail == Tail::kNone ? bytes.size() == sizeof(to) : bytes.size() >= sizeof(to);
  if (!fits) return bad(fmt::format("record of {} bytes, expected {}", bytes.size(), sizeof(to)));
  std::memcpy(&to, bytes.data(), sizeof(to));
  return {};
}

Waker waker_of(std::uint8_t kind) {
  return kind <= wire::WAKER_RUNTIME ? static_cast<Waker>(kind) : Waker::kUnknown;
}

Result<Event> go_create(Bytes bytes) {
  wire::wire_go_create r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return GoCreate{.time = r.header.time_ns,
                  .goid = r.goid,
                  .parent = r.parent_goid,
                  .start_pc = r.start_pc,
                  .go_pc = r.go_pc,
                  .stack = r.stack,
                  .parked = (r.flags & CREATE_PARKED) != 0};
}

Result<Event> go_block(Bytes bytes) {
  wire::wire_go_block r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return GoBlock{.time = r.header.time_ns,
                 .goid = r.goid,
                 .duration_ns = r.duration_ns,
                 .stack = r.stack,
                 .object = r.object,
                 .waker = waker_of(r.waker),
                 .waker_goid = r.waker_goid,
                 .waker_stack = r.waker_stack,
                 .reason = r.reason,
                 .socket = r.socket};
}

Result<Event> go_exit(Bytes bytes) {
  wire::wire_go_exit r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return GoExit{.time = r.header.time_ns, .goid = r.goid};
}

Result<Event> stack(Bytes bytes) {
  wire::wire_stack r;
  TRY(read_fixed(bytes, Tail::kAllowed, r));
  // The kernel may have reserved room for more frames than there are.
  if (r.count > (bytes.size() - sizeof(r)) / sizeof(std::uint64_t)) {
    return bad(fmt::format("stack of {} frames in {} bytes", r.count, bytes.size()));
  }
  Stack stack{.hash = r.hash, .truncated = r.truncated != 0, .frames = {}};
  stack.frames.resize(r.count);
  if (r.count != 0) {
    std::memcpy(stack.frames.data(), bytes.data() + sizeof(r), r.count * sizeof(std::uint64_t));
  }
  return stack;
}

// What follows the fixed part, without its padding.
template <typename Record>
std::string_view tail_text(Bytes bytes, const Record&) {
  auto body = bytes.subspan(sizeof(Record));
  std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  return text.substr(0, text.find_last_not_of('\0') + 1);
}

Result<Event> target(Bytes bytes) {
  wire::wire_target r;
  TRY(read_fixed(bytes, Tail::kAllowed, r));
  auto target = target_from_json(tail_text(bytes, r));
  if (!target) return bad("the description of the target is not a JSON object");
  return std::move(*target);
}

Result<Event> window_start(Bytes bytes) {
  wire::wire_window_start r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return WindowStart{.time = r.header.time_ns, .wall_clock_ns = r.wall_clock_ns};
}

Result<Event> window_end(Bytes bytes) {
  wire::wire_window_end r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  if (r.reason > wire::WINDOW_TOO_COSTLY) {
    return bad(fmt::format("window end {} is unknown", r.reason));
  }
  return WindowEnd{.time = r.header.time_ns, .reason = static_cast<EndReason>(r.reason)};
}

Result<Event> symbol(Bytes bytes) {
  wire::wire_symbol r;
  TRY(read_fixed(bytes, Tail::kAllowed, r));
  Symbol symbol{.pc = r.pc, .lines = {}};
  Cursor cursor(bytes, sizeof(r));
  for (std::uint32_t i = 0; i < r.count; ++i) {
    auto head = cursor.read<SymbolLineHead>();
    auto function = cursor.read_string(head ? head->function_size : 0);
    auto file = cursor.read_string(head ? head->file_size : 0);
    if (!head || !function || !file) return bad("symbol lines end behind their record");
    symbol.lines.push_back({std::string(*function), std::string(*file), head->line});
  }
  return symbol;
}

Result<Event> snapshot_begin(Bytes bytes) {
  wire::wire_snapshot_begin r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return SnapshotBegin{.time = r.header.time_ns};
}

Result<Event> go_state(Bytes bytes) {
  wire::wire_go_state r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return GoState{.time = r.header.time_ns,
                 .goid = r.goid,
                 .parent = r.parent_goid,
                 .start_pc = r.start_pc,
                 .go_pc = r.go_pc,
                 .stack = r.stack,
                 .since = r.since_ns,
                 .status = static_cast<GoStatus>(r.status),
                 .reason = r.reason,
                 .system = (r.flags & STATE_SYSTEM) != 0,
                 .timed = (r.flags & STATE_TIMED) != 0};
}

Result<Event> snapshot_end(Bytes bytes) {
  wire::wire_snapshot_end r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return SnapshotEnd{
      .time = r.header.time_ns, .goroutines = r.goroutines, .unreadable = r.unreadable};
}

Result<Event> goids(Bytes bytes) {
  wire::wire_goids r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return Goids{.time = r.header.time_ns, .given = r.given};
}

Result<Event> block_totals(Bytes bytes) {
  wire::wire_block_totals r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  if (r.reason > 0xff) return bad(fmt::format("wait reason {} is impossible", r.reason));
  BlockTotals totals{.stack = r.stack,
                     .reason = static_cast<std::uint8_t>(r.reason),
                     .count = r.count,
                     .sum_ns = r.sum_ns,
                     .max_ns = r.max_ns,
                     .slots = {}};
  std::copy(std::begin(r.slots), std::end(r.slots), totals.slots.begin());
  return totals;
}

Result<Origin> origin_of(std::uint32_t origin) {
  if (origin > wire::ORIGIN_FOREIGN) return bad(fmt::format("origin {} is unknown", origin));
  return static_cast<Origin>(origin);
}

// The kernel sends room for as many as a call may have.
Result<std::vector<PathArgument>> read_paths(Bytes tail) {
  std::vector<PathArgument> paths;
  if (tail.size() != SYSCALL_PATHS * sizeof(wire::wire_path)) {
    return bad(fmt::format("paths of a system call in {} bytes", tail.size()));
  }
  for (std::size_t at = 0; at < tail.size(); at += sizeof(wire::wire_path)) {
    auto path = *read_at<wire::wire_path>(tail, at);
    if (path.known == 0 || path.size >= PATH_SHOWN || path.argument >= 6) continue;
    paths.push_back({path.argument, std::string(path.text, path.size), path.truncated != 0});
  }
  return paths;
}

Result<Event> syscall(Bytes bytes) {
  wire::wire_syscall r;
  TRY(read_fixed(bytes, Tail::kAllowed, r));
  Syscall call{.time = r.header.time_ns,
               .goid = r.goid,
               .duration_ns = r.duration_ns,
               .stack = r.stack,
               .args = {},
               .result = static_cast<std::int64_t>(r.result),
               .file_inode = r.file_inode,
               .number = r.number,
               .tid = r.tid,
               .in_flight = (r.flags & SYSCALL_IN_FLIGHT) != 0,
               .older = (r.flags & SYSCALL_OLDER) != 0,
               .file_known = (r.flags & SYSCALL_FILE_KNOWN) != 0,
               .origin = Origin::kGoroutine,
               .paths = {},
               .text = {}};
  if ((r.flags & SYSCALL_WITH_PATHS) != 0) {
    TRY_ASSIGN(call.paths, read_paths(bytes.subspan(sizeof(r))));
  } else {
    call.text = tail_text(bytes, r);
  }
  std::copy(std::begin(r.args), std::end(r.args), call.args.begin());
  TRY_ASSIGN(call.origin, origin_of(r.origin));
  return call;
}

Result<Event> syscall_name(Bytes bytes) {
  wire::wire_syscall_name r;
  TRY(read_fixed(bytes, Tail::kAllowed, r));
  return SyscallName{.number = r.number, .name = std::string(tail_text(bytes, r))};
}

Result<Event> syscall_totals(Bytes bytes) {
  wire::wire_syscall_totals r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  TRY_ASSIGN(auto origin, origin_of(r.origin));
  SyscallTotals totals{.stack = r.stack,
                       .number = r.number,
                       .origin = origin,
                       .count = r.count,
                       .errors = r.errors,
                       .sum_ns = r.sum_ns,
                       .max_ns = r.max_ns,
                       .slots = {}};
  std::copy(std::begin(r.slots), std::end(r.slots), totals.slots.begin());
  return totals;
}

Result<Event> syscall_errors(Bytes bytes) {
  wire::wire_syscall_errors r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  TRY_ASSIGN(auto origin, origin_of(r.origin));
  return SyscallErrors{.number = r.number, .origin = origin, .error = r.error, .count = r.count};
}

Result<Event> syscall_goroutines(Bytes bytes) {
  wire::wire_syscall_goroutines r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  SyscallGoroutines event{
      .number = r.number, .complete = r.complete != 0, .count = r.count, .goids = {}};
  auto end = std::find(std::begin(r.goids), std::end(r.goids), wire::u64{0});
  event.goids.assign(std::begin(r.goids), end);
  return event;
}

void read_flags(TcpConnection& to, std::uint32_t flags) {
  to.held = (flags & TCP_HELD) != 0;
  to.measured = (flags & TCP_MEASURED) != 0;
  to.ended = (flags & TCP_ENDED) != 0;
  to.at_exit = (flags & TCP_AT_EXIT) != 0;
  to.unseen = (flags & TCP_UNSEEN) != 0;
}

void read_ends(TcpConnection& to, const wire::wire_tcp& r) {
  to.local.port = r.local_port;
  to.remote.port = r.remote_port;
  std::copy(std::begin(r.local), std::end(r.local), to.local.address.begin());
  std::copy(std::begin(r.remote), std::end(r.remote), to.remote.address.begin());
}

void read_measures(TcpConnection& to, const wire::wire_tcp& r) {
  to.bytes_sent = r.bytes_sent;
  to.bytes_received = r.bytes_received;
  to.srtt_us = r.srtt_us;
  to.retransmits = r.retransmits;
  to.resets_sent = r.resets_sent;
  to.resets_received = r.resets_received;
}

Result<Event> tcp_connection(Bytes bytes) {
  wire::wire_tcp r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  if (r.role > wire::TCP_SERVER || r.closer > wire::TCP_CLOSER_TIMEOUT ||
      r.event > wire::TCP_OVER) {
    return bad(fmt::format("role {}, closer {} or event {} is unknown", r.role, r.closer, r.event));
  }
  TcpConnection to;
  to.time = r.header.time_ns;
  to.id = r.id;
  to.opened = r.opened_ns;
  to.established = r.established_ns;
  to.remote_closed = r.remote_closed_ns;
  to.closed = r.closed_ns;
  to.goid = r.goid;
  to.parent = r.parent_goid;
  to.go_pc = r.go_pc;
  to.stack = r.stack;
  to.what = static_cast<TcpWhat>(r.event);
  to.error = r.error;
  to.role = static_cast<TcpRole>(r.role);
  to.closer = static_cast<TcpCloser>(r.closer);
  to.state = r.state;
  to.failed = r.failed != 0;
  read_measures(to, r);
  read_flags(to, r.flags);
  read_ends(to, r);
  return to;
}

Result<Event> probe_cost(Bytes bytes) {
  wire::wire_probe_cost r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  return ProbeCost{r.measured_ns, r.hits, r.run_ns, r.trap_ns, r.calls, r.calls_ns, r.others_ns};
}

Result<Event> tcp_totals(Bytes bytes) {
  wire::wire_tcp_totals r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  TcpTotals to{.attempted = r.attempted,
               .connected = r.connected,
               .failed = {},
               .accepted = r.accepted,
               .retransmits = r.retransmits,
               .resets_sent = r.resets_sent,
               .resets_received = r.resets_received,
               .latency_sum_ns = r.latency_sum_ns,
               .latency_max_ns = r.latency_max_ns,
               .latency = {}};
  std::copy(std::begin(r.failed), std::end(r.failed), to.failed.begin());
  std::copy(std::begin(r.latency), std::end(r.latency), to.latency.begin());
  return to;
}

Result<Event> sockets_made(Bytes bytes) {
  wire::wire_sockets_made r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  if (r.kind >= wire::SOCKET_KINDS) return bad(fmt::format("socket kind {} is unknown", r.kind));
  return SocketsMade{.stack = r.stack, .kind = static_cast<SocketKind>(r.kind), .count = r.count};
}

Result<Event> loss(Bytes bytes) {
  wire::wire_loss r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  if (r.what >= wire::LOSS_KINDS) return bad(fmt::format("loss of unknown kind {}", r.what));
  return Loss{.what = static_cast<LossKind>(r.what),
              .cpu = r.header.cpu,
              .seen = r.seen,
              .delivered = r.delivered,
              .dropped = r.dropped,
              .filtered = r.filtered};
}

Result<Event> wait_socket(Bytes bytes) {
  wire::wire_wait_socket r;
  TRY(read_fixed(bytes, Tail::kNone, r));
  WaitSocket to{.inode = r.inode, .local = {}, .remote = {}};
  std::copy(std::begin(r.local), std::end(r.local), to.local.address.begin());
  std::copy(std::begin(r.remote), std::end(r.remote), to.remote.address.begin());
  to.local.port = r.local_port;
  to.remote.port = r.remote_port;
  return to;
}

Result<Event> go_socket(Bytes bytes) {
  wire::wire_go_socket r;
  TRY(read_fixed(bytes, Tail::kAllowed, r));
  return GoSocket{.time = r.header.time_ns,
                  .goid = r.goid,
                  .fd = r.fd,
                  .measured = (r.flags & SOCKET_MEASURED) != 0,
                  .srtt_us = r.srtt_us,
                  .retransmits = r.retransmits,
                  .peer = std::string(tail_text(bytes, r))};
}

Result<Event> decode_kind(std::uint16_t kind, Bytes record) {
  switch (kind) {
    case wire::WIRE_GO_CREATE:
      return go_create(record);
    case wire::WIRE_GO_BLOCK:
      return go_block(record);
    case wire::WIRE_GO_EXIT:
      return go_exit(record);
    case wire::WIRE_STACK:
      return stack(record);
    case wire::WIRE_TARGET:
      return target(record);
    case wire::WIRE_WINDOW_START:
      return window_start(record);
    case wire::WIRE_WINDOW_END:
      return window_end(record);
    case wire::WIRE_SYMBOL:
      return symbol(record);
    case wire::WIRE_SNAPSHOT_BEGIN:
      return snapshot_begin(record);
    case wire::WIRE_GO_STATE:
      return go_state(record);
    case wire::WIRE_SNAPSHOT_END:
      return snapshot_end(record);
    case wire::WIRE_GOIDS:
      return goids(record);
    case wire::WIRE_BLOCK_TOTALS:
      return block_totals(record);
    case wire::WIRE_LOSS:
      return loss(record);
    case wire::WIRE_SYSCALL:
      return syscall(record);
    case wire::WIRE_SYSCALL_NAME:
      return syscall_name(record);
    case wire::WIRE_SYSCALL_TOTALS:
      return syscall_totals(record);
    case wire::WIRE_SYSCALL_ERRORS:
      return syscall_errors(record);
    case wire::WIRE_SYSCALL_GOROUTINES:
      return syscall_goroutines(record);
    case wire::WIRE_TCP:
      return tcp_connection(record);
    case wire::WIRE_TCP_TOTALS:
      return tcp_totals(record);
    case wire::WIRE_WAIT_SOCKET:
      return wait_socket(record);
    case wire::WIRE_GO_SOCKET:
      return go_socket(record);
    case wire::WIRE_PROBE_COST:
      return probe_cost(record);
    case wire::WIRE_SOCKETS_MADE:
      return sockets_made(record);
    default:
      return bad(fmt::format("record of unknown kind {}", kind));
  }
}

}  // namespace

std::optional<std::uint32_t> syscall_number(Bytes record) {
  auto kind = read_at<std::uint16_t>(record, offsetof(wire::wire_header, kind));
  if (kind == wire::WIRE_SYSCALL) {
    return read_at<std::uint32_t>(record, offsetof(wire::wire_syscall, number));
  }
  if (kind == wire::WIRE_SYSCALL_TOTALS) {
    return read_at<std::uint32_t>(record, offsetof(wire::wire_syscall_totals, number));
  }
  return std::nullopt;
}

std::optional<std::size_t> record_size(Bytes bytes) {
  auto header = read_at<wire::wire_header>(bytes, 0);
  if (!header || header->size < sizeof(wire::wire_header)) return std::nullopt;
  if (header->size % kAlignment != 0 || header->size > kMaxRecord) return std::nullopt;
  return header->size;
}

bool names_addresses(Bytes record) {
  auto kind = read_at<std::uint16_t>(record, offsetof(wire::wire_header, kind));
  return kind == wire::WIRE_STACK || kind == wire::WIRE_GO_CREATE || kind == wire::WIRE_GO_STATE ||
         kind == wire::WIRE_TCP;
}

Result<Event> decode(Bytes record) {
  auto size = record_size(record);
  if (!size || *size > record.size()) {
    return bad(fmt::format("record of {} bytes with an impossible size", record.size()));
  }
  auto header = *read_at<wire::wire_header>(record, 0);
  return decode_kind(header.kind, record.first(*size));
}

}  // namespace gosnoop::event
