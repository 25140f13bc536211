// SPDX-License-Identifier: Apache-2.0
#include "snapshot/stacks.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.h"
#include "bpf/events.h"

namespace gosnoop::snapshot {
namespace {

// Nearly all stacks of parked goroutines are no deeper (Go's smallest stack is 2 KiB).
constexpr std::uint64_t kWindow = 2048;

// What a frame pointer points at.
struct Frame {
  std::uint64_t caller_bp;
  std::uint64_t return_pc;
};

bool in_syscall(const Goroutine& g) { return g.status == Status::kSyscall; }

bool has_stack(const Goroutine& g) {
  return g.status != Status::kRunning && g.status != Status::kCopystack;
}

// A part of one stack that was read in advance.
struct Window {
  std::uint64_t begin = 0;
  Bytes bytes;
};

std::optional<Frame> frame_at(const target::Memory& memory, const Window& window,
                              std::uint64_t bp) {
  if (bp >= window.begin) {
    if (auto frame = read_at<Frame>(window.bytes, bp - window.begin)) return frame;
  }
  return memory.value<Frame>(RuntimeAddress{bp});
}

Pcs walk(const target::Memory& memory, const Goroutine& g, const Window& window) {
  std::uint64_t bp = in_syscall(g) ? g.syscall_bp : g.bp;
  std::uint64_t lo = g.stack_lo;
  Pcs frames{in_syscall(g) ? g.syscall_pc : g.pc};
  while (frames.size() < MAX_STACK_FRAMES && bp >= lo && bp < g.stack_hi) {
    auto frame = frame_at(memory, window, bp);
    if (!frame || frame->return_pc == 0) break;
    frames.push_back(frame->return_pc);
    lo = bp + sizeof(Frame);
    bp = frame->caller_bp;
  }
  return frames;
}

target::Piece window_of(const Goroutine& g, std::span<std::byte> buffer) {
  std::uint64_t begin = in_syscall(g) ? g.syscall_sp : g.sp;
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

std::vector<Pcs> walk_stacks(const target::Memory& memory, std::span<const Goroutine> goroutines) {
  std::vector<std::byte> bytes(goroutines.size() * kWindow);
  std::vector<target::Piece> windows;
  windows.reserve(goroutines.size());
  for (std::size_t i = 0; i < goroutines.size(); ++i) {
    windows.push_back(window_of(goroutines[i], std::span(bytes).subspan(i * kWindow, kWindow)));
  }
  memory.read_all(windows);
  std::vector<Pcs> stacks(goroutines.size());
  for (std::size_t i = 0; i < goroutines.size(); ++i) {
    if (!has_stack(goroutines[i])) continue;
    Window window{windows[i].from.value, windows[i].read ? windows[i].to : std::span<std::byte>{}};
    stacks[i] = walk(memory, goroutines[i], window);
  }
  return stacks;
}

}  // namespace gosnoop::snapshot
