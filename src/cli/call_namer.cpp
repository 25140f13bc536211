// SPDX-License-Identifier: Apache-2.0
#include "cli/call_namer.h"

namespace gosnoop::cli {
namespace {

// The sockets of a host may be many: their table is not read more often than this.
constexpr std::uint64_t kLookInterval = 1'000'000'000;

target::Call call_of(const event::Syscall& event) {
  target::Call call{static_cast<int>(event.number), event.args};
  if (event.file_known) call.file_inode = event.file_inode;
  for (const auto& [argument, path, truncated] : event.paths) {
    call.paths[argument] = target::quoted(path) + (truncated ? "..." : "");
  }
  return call;
}

}  // namespace

Result<void> CallNamer::on_record(Bytes record) {
  auto number = event::syscall_number(record);
  if (!number) return next_.on_record(record);
  TRY(name(*number));
  auto event = event::decode(record);
  auto* call = event ? std::get_if<event::Syscall>(&*event) : nullptr;
  if (call == nullptr || !call->text.empty()) return next_.on_record(record);
  look_at_sockets();
  call->text = writer_.write(call_of(*call));
  return next_.on_record(event::encode(*event));
}

Result<void> CallNamer::name(std::uint32_t number) {
  if (!named_.insert(number).second) return {};
  return next_.on_record(
      event::encode(event::SyscallName{number, writer_.name(static_cast<int>(number))}));
}

void CallNamer::look_at_sockets() {
  auto now = clock_ns(CLOCK_MONOTONIC);
  if (looked_ns_ != 0 && now - looked_ns_ < kLookInterval) return;
  sockets_ = target::Sockets::read(pid_);
  looked_ns_ = now;
}

}  // namespace gosnoop::cli
