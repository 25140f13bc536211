// SPDX-License-Identifier: Apache-2.0
#include "output/trace.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <type_traits>

#include "base/errno_name.h"
#include "output/header_text.h"
#include "output/stack_text.h"
#include "output/tcp_trace.h"
#include "output/trace_json.h"
#include "output/units.h"
#include "output/waker.h"

namespace gosnoop::output {
namespace {

std::string at(const Frame* frame) { return frame == nullptr ? "" : " at " + brief(*frame); }

std::string woken_by(const event::GoBlock& block, const symbol::Symbols& symbols) {
  if (block.waker == event::Waker::kUnknown) return "";
  if (block.waker != event::Waker::kGoroutine) {
    return fmt::format(", woken by {}", waker_phrase(block.waker));
  }
  const Frames stack = symbols.stack(block.waker_stack);
  return fmt::format(", woken by goroutine {}{}", block.waker_goid, at(waiting_frame(stack)));
}

std::string who(const event::Syscall& call) {
  if (call.origin == event::Origin::kRuntime) return "the runtime";
  if (call.goid == 0) return fmt::format("thread {}", call.tid);
  return fmt::format("goroutine {}", call.goid);
}

// As strace writes it. An address, as mmap returns it, is better read in hexadecimal.
std::string result_text(const event::Syscall& call) {
  constexpr std::int64_t kLikelyAddress = std::int64_t{1} << 32;
  if (failed(call)) return "-1 " + errno_name(static_cast<std::uint64_t>(-call.result));
  if (call.result >= kLikelyAddress) return fmt::format("{:#x}", call.result);
  return fmt::format("{}", call.result);
}

// " for 127.0.0.1:41234 -> 10.0.0.5:5432"
std::string waited_for(const event::WaitSocket* socket) {
  if (socket == nullptr) return "";
  if (socket->remote.port == 0) return fmt::format(" for {} (listening)", socket->local.text());
  return fmt::format(" for {} -> {}", socket->local.text(), socket->remote.text());
}

}  // namespace

void TraceWriter::on(const event::Event& event) {
  std::visit([this](const auto& of_kind) { handle(of_kind); }, event);
}

std::uint64_t TraceWriter::wall_clock(event::TimeNs time) const {
  return start_.wall_clock_ns + (time - start_.time);  // also right for a time before the start
}

std::string TraceWriter::start_function(std::uint64_t pc) const {
  const Frames frames = symbols_.at(pc);
  return frames.empty() ? "" : frames.back().function;
}

std::string TraceWriter::wait_reason(std::uint8_t reason) const {
  if (reason < target_.wait_reasons.size()) return target_.wait_reasons[reason];
  return fmt::format("wait reason {}", reason);
}

void TraceWriter::write(event::TimeNs time, const std::string& text) {
  last_ = std::max(last_, time);
  fmt::print(out_, "{} {}\n", style_.dim(local_time(wall_clock(time))), text);
}

void TraceWriter::write(event::TimeNs time, const Json& fields) {
  last_ = std::max(last_, time);
  Json object = {{"schema", kTraceSchema}, {"time", rfc3339(wall_clock(time))}};
  object.update(fields);
  out_ << dump(object, -1) << '\n';
}

// "created by 7 at main.serve main.go:31 runs main.worker"
std::string TraceWriter::creation(event::Goid parent, const Frames& stack,
                                  std::uint64_t start_pc) const {
  const std::string by = parent == 0 ? "by the runtime" : fmt::format("by {}", parent);
  return fmt::format("created {}{} runs {}", by, at(creating_frame(stack)),
                     printable(start_function(start_pc)));
}

void TraceWriter::introduce(event::Goid goid, event::TimeNs time) {
  auto it = known_.find(goid);
  if (it == known_.end() || it->second.introduced) return;
  introduce(it->second, time);
  it->second.introduced = true;
}

void TraceWriter::introduce(const Known& goroutine, event::TimeNs time) {
  const event::GoState& state = goroutine.state;
  if (json_) {
    Json object = state_json(state, start_function(state.start_pc), symbols_);
    object["wait_reason"] = is_parked(state.status) ? wait_reason(state.reason) : "";
    object["since"] = state.since == 0 ? Json() : Json(rfc3339(wall_clock(state.since)));
    return write(state.time, object);
  }
  write(time, fmt::format("goroutine {} {}, {}", state.goid,
                          goroutine.was_there ? "was there" : "came unseen",
                          creation(state.parent, symbols_.at(state.go_pc), state.start_pc)));
}

void TraceWriter::handle(const event::GoState& state) {
  auto [it, is_new] = known_.try_emplace(state.goid);
  Known& goroutine = it->second;
  goroutine.seen = std::max({goroutine.seen, state.time, snapshot_begin_});
  if (goroutine.introduced) return;
  goroutine.state = state;
  if (is_new) goroutine.was_there = !had_snapshot_;
  if (json_ && !had_snapshot_) introduce(state.goid, state.time);
}

// Who is missing has ended: its exit was lost, or is still to come.
void TraceWriter::handle(const event::SnapshotEnd& end) {
  if (!had_snapshot_ && !json_) write_census(end.time);
  had_snapshot_ = true;
  if (end.unreadable > 0) return;
  std::erase_if(known_, [this](const auto& one) { return one.second.seen < snapshot_begin_; });
}

// "9 goroutines are there: 7 waiting, 1 in system calls, 1 running or runnable"
void TraceWriter::write_census(event::TimeNs time) {
  std::size_t all = 0, waiting = 0, in_syscalls = 0;
  for (const auto& [goid, goroutine] : known_) {
    if (goroutine.introduced || goroutine.state.system) continue;
    ++all;
    waiting += is_parked(goroutine.state.status);
    in_syscalls += goroutine.state.status == event::GoStatus::kSyscall;
  }
  write(time, fmt::format("{} goroutines are there: {} waiting, {} in system calls, {} running or "
                          "runnable",
                          thousands(all), thousands(waiting), thousands(in_syscalls),
                          thousands(all - waiting - in_syscalls)));
}

void TraceWriter::handle(const event::GoCreate& create) {
  known_[create.goid] = {.state = {}, .seen = create.time, .introduced = true};
  if (json_) {
    return write(create.time, create_json(create, start_function(create.start_pc), symbols_));
  }
  write(create.time,
        fmt::format("goroutine {} {}", create.goid,
                    creation(create.parent, symbols_.stack(create.stack), create.start_pc)));
}

void TraceWriter::handle(const event::WaitSocket& socket) {
  sockets_[static_cast<std::uint32_t>(socket.inode)] = socket;
}

const event::WaitSocket* TraceWriter::socket_of(const event::GoBlock& block) const {
  auto it = sockets_.find(block.socket);
  return block.socket != 0 && it != sockets_.end() ? &it->second : nullptr;
}

void TraceWriter::handle(const event::GoBlock& block) {
  introduce(block.goid, block.time);
  const std::string reason = wait_reason(block.reason);
  const event::WaitSocket* socket = socket_of(block);
  if (json_) return write(block.time, block_json(block, reason, socket, symbols_));
  const Frames stack = symbols_.stack(block.stack);
  write(block.time, fmt::format("goroutine {} waited {} [{}]{}{}{}", block.goid,
                                duration(block.duration_ns), printable(reason), waited_for(socket),
                                at(waiting_frame(stack)), woken_by(block, symbols_)));
}

void TraceWriter::handle(const event::GoExit& exit) {
  introduce(exit.goid, exit.time);
  known_.erase(exit.goid);
  if (json_) return write(exit.time, exit_json(exit));
  write(exit.time, fmt::format("goroutine {} exited", exit.goid));
}

void TraceWriter::handle(const event::Syscall& call) {
  if (json_) return write(call.time, syscall_json(call, symbols_));
  const Frames stack = symbols_.stack(call.stack);
  const std::string time = duration(call.duration_ns);
  const std::string end = call.in_flight
                              ? fmt::format("not returned for {}{}", call.older ? "> " : "", time)
                              : fmt::format("= {} <{}>", result_text(call), time);
  write(call.time,
        fmt::format("{} {} {}{}", who(call), printable(call.text), end, at(calling_frame(stack))));
}

// What was merely looked at, or has ended unseen, is no event.
void TraceWriter::handle(const event::TcpConnection& connection) {
  if (connection.what == event::TcpWhat::kStatus) return;
  introduce(connection.goid, connection.time);
  if (json_) return write(connection.time, tcp_event_json(connection, symbols_));
  write(connection.time, tcp_event_line(connection, symbols_));
}

void TraceWriter::handle(const event::Loss& loss) {
  std::uint64_t& known = dropped_[{loss.what, loss.cpu}];
  if (loss.dropped <= known) return;
  const std::uint64_t more = loss.dropped - known;
  known = loss.dropped;
  const event::TimeNs time = std::max(last_, start_.time);
  if (json_) return write(time, loss_json(loss, more));
  write(time, fmt::format("{} {} {} events (no room for them)", style_.warning("LOST"),
                          thousands(more), loss_name(loss.what)));
}

void TraceWriter::handle(const event::WindowEnd& end) {
  if (json_) return write(end.time, end_json(end));
  if (end.reason == event::EndReason::kComplete) return;
  write(end.time, end_text(end.reason));
}

}  // namespace gosnoop::output
