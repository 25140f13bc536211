// SPDX-License-Identifier: Apache-2.0
#include "snapshot/stacks.h"

#include <algorithm>

#include "bpf/events.h"

namespace gosnoop::snapshot {
namespace {

// Nearly all stacks of parked goroutines are no deeper (Go's smallest stack is 2 KiB).
constexpr std::uint64_t kWindow = 2048;

bool has_stack(const Goroutine& g) {
  return g.status != Status::kRunning && g.status != Status::kCopystack;
}

// traceback.go, initAt. syscallsp is still set while a goroutine waits for a P after its syscall.
Registers registers_of(const Goroutine& g) {
  if (g.syscall_sp != 0) return {g.syscall_pc, g.syscall_sp, true};
  return {g.pc, g.sp, false};
}

target::Piece window_of(const Goroutine& g, std::span<std::byte> buffer) {
  std::uint64_t begin = registers_of(g).sp;
  bool inside = begin >= g.stack_lo && begin < g.stack_hi;
  std::uint64_t size = has_stack(g) && inside ? std::min(kWindow, g.stack_hi - begin) : 0;
  return {RuntimeAddress{begin}, buffer.first(size)};
}

}  // namespace

event::StackHash hash_of(const Pcs& frames) {
  std::uint64_t hash = WIRE_HASH_SEED;
  for (std::uint64_t pc : frames) hash = wire::wire_hash(hash, pc);
  return hash;
}

std::vector<target::Piece> Walker::read_windows(const target::Memory& memory,
                                                std::span<const Goroutine> goroutines) {
  buffer_.resize(std::max(buffer_.size(), goroutines.size() * kWindow));
  std::vector<target::Piece> windows;
  windows.reserve(goroutines.size());
  for (std::size_t i = 0; i < goroutines.size(); ++i) {
    windows.push_back(window_of(goroutines[i], std::span(buffer_).subspan(i * kWindow, kWindow)));
  }
  memory.read_all(windows);
  return windows;
}

std::vector<CallStack> Walker::walk(const target::Memory& memory,
                                    std::span<const Goroutine> goroutines, std::size_t max_frames) {
  auto windows = read_windows(memory, goroutines);
  std::vector<CallStack> stacks(goroutines.size());
  for (std::size_t i = 0; i < goroutines.size(); ++i) {
    const auto& g = goroutines[i];
    if (!has_stack(g)) continue;
    auto part = windows[i].read ? Bytes(windows[i].to) : Bytes();
    StackBytes bytes(g.stack_lo, g.stack_hi, windows[i].from.value, part, &memory);
    stacks[i] = unwind(registers_of(g), bytes, shapes_, max_frames);
  }
  return stacks;
}

}  // namespace gosnoop::snapshot
