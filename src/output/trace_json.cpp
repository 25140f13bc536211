// SPDX-License-Identifier: Apache-2.0
#include "output/trace_json.h"

#include <fmt/format.h>

#include "base/errno_name.h"
#include "output/waker.h"

namespace gosnoop::output {
namespace {

Json waker_json(const event::GoBlock& block, const symbol::Symbols& symbols) {
  return {{"kind", waker_name(block.waker)},
          {"goroutine", block.waker_goid},
          {"stack", frames_json(symbols.stack(block.waker_stack))}};
}

// As Go's own stack traces have it (traceback.go, gStatusStrings).
const char* status_name(event::GoStatus status) {
  switch (status) {
    case event::GoStatus::kRunnable:
      return "runnable";
    case event::GoStatus::kSyscall:
      return "syscall";
    case event::GoStatus::kWaiting:
    case event::GoStatus::kLeaked:
      return "waiting";
    case event::GoStatus::kPreempted:
      return "preempted";
    case event::GoStatus::kCopystack:
      return "copystack";
    default:
      return "running";
  }
}

}  // namespace

bool is_parked(event::GoStatus status) {
  return status == event::GoStatus::kWaiting || status == event::GoStatus::kLeaked;
}

Json state_json(const event::GoState& state, const std::string& start_function,
                const symbol::Symbols& symbols) {
  return {
      {"event", "state"},
      {"goroutine", state.goid},
      {"parent", state.parent},
      {"start_function", start_function},
      {"created_by", frames_json(state.go_pc == 0 ? symbol::Frames{} : symbols.at(state.go_pc))},
      {"status", status_name(state.status)},
      {"system", state.system},
      {"stack", frames_json(symbols.stack(state.stack))}};
}

Json create_json(const event::GoCreate& create, const std::string& start_function,
                 const symbol::Symbols& symbols) {
  return {{"event", "create"},       {"goroutine", create.goid},
          {"parent", create.parent}, {"start_function", start_function},
          {"parked", create.parked}, {"stack", frames_json(symbols.stack(create.stack))}};
}

Json socket_json(const event::WaitSocket* socket) {
  if (socket == nullptr) return {};
  return {{"local", socket->local.text()},
          {"remote", socket->remote.port == 0 ? "" : socket->remote.text()}};
}

Json block_json(const event::GoBlock& block, const std::string& wait_reason,
                const event::WaitSocket* socket, const symbol::Symbols& symbols) {
  return {{"event", "block"},
          {"goroutine", block.goid},
          {"duration_ns", block.duration_ns},
          {"wait_reason", wait_reason},
          {"object", block.object == 0 ? Json() : Json(fmt::format("{:#x}", block.object))},
          {"socket", socket_json(socket)},
          {"stack", frames_json(symbols.stack(block.stack))},
          {"waker", waker_json(block, symbols)}};
}

Json syscall_json(const event::Syscall& call, const symbol::Symbols& symbols) {
  auto error = static_cast<std::uint64_t>(-call.result);
  return {{"event", "syscall"},
          {"goroutine", call.goid},
          {"thread", call.tid},
          {"runtime", call.origin == event::Origin::kRuntime},
          {"call", call.text},
          {"returned", !call.in_flight},
          {"older_than_window", call.older},
          {"result", call.result},
          {"error", failed(call) ? Json(errno_name(error)) : Json()},
          {"duration_ns", call.duration_ns},
          {"stack", frames_json(symbols.stack(call.stack))}};
}

Json exit_json(const event::GoExit& exit) { return {{"event", "exit"}, {"goroutine", exit.goid}}; }

Json loss_json(const event::Loss& loss, std::uint64_t dropped) {
  return {
      {"event", "loss"}, {"kind", loss_name(loss.what)}, {"cpu", loss.cpu}, {"dropped", dropped}};
}

Json end_json(const event::WindowEnd& end) {
  switch (end.reason) {
    case event::EndReason::kTargetExited:
      return {{"event", "end"}, {"reason", "target_exited"}};
    case event::EndReason::kTargetExeced:
      return {{"event", "end"}, {"reason", "target_execed"}};
    case event::EndReason::kTooCostly:
      return {{"event", "end"}, {"reason", "too_costly"}};
    case event::EndReason::kComplete:
      break;
  }
  return {{"event", "end"}, {"reason", "complete"}};
}

const char* loss_name(event::LossKind kind) {
  switch (kind) {
    case event::LossKind::kCreate:
      return "create";
    case event::LossKind::kBlock:
      return "block";
    case event::LossKind::kExit:
      return "exit";
    case event::LossKind::kStack:
      return "stack";
    case event::LossKind::kSyscall:
      return "syscall";
    case event::LossKind::kTcp:
      return "tcp";
  }
  return "unknown";
}

}  // namespace gosnoop::output
