// SPDX-License-Identifier: Apache-2.0
// One g of the runtime's table, as it was read from memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"
#include "event/event.h"
#include "gobin/layout.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

using Status = event::GoStatus;  // the bit _Gscan is cleared

struct Goroutine {
  RuntimeAddress address;  // of the g
  std::uint64_t goid = 0;
  std::uint64_t parent_goid = 0;
  std::uint64_t start_pc = 0;
  std::uint64_t go_pc = 0;
  std::uint64_t stack_lo = 0;
  std::uint64_t stack_hi = 0;
  std::uint64_t sp = 0;  // g.sched
  std::uint64_t pc = 0;
  std::uint64_t bp = 0;
  std::uint64_t sched_g = 0;
  std::uint64_t syscall_sp = 0;
  std::uint64_t syscall_pc = 0;
  std::uint64_t syscall_bp = 0;
  std::uint64_t waiting = 0;      // *sudog
  std::uint64_t m = 0;            // *m, of one that runs or is in a syscall
  std::uint64_t locked_m = 0;     // *m that it is locked to (runtime.LockOSThread)
  std::uint64_t waitsince = 0;    // CLOCK_MONOTONIC; see Member::waiting_since_ns
  std::uint64_t timer = 0;        // *timer of its last time.Sleep
  std::uint64_t sleep_when = 0;   // when that one ends; Go 1.23+
  std::uint64_t bubble = 0;       // not 0: its clock is not the machine's (testing/synctest)
  std::uint8_t tracking_seq = 0;  // grows each time it stops running (proc.go, casgstatus)
  Status status = Status::kIdle;
  std::uint8_t wait_reason = 0;

  // Does the runtime count it as a goroutine at all? (proc.go, gcount)
  bool live() const {
    return status != Status::kIdle && status != Status::kDead && status != Status::kDeadExtra;
  }
  bool parked() const {
    return status == Status::kWaiting || status == Status::kLeaked || status == Status::kPreempted;
  }
  // Did it not move between two reads?
  bool same_state(const Goroutine& other) const {
    return goid == other.goid && status == other.status && sp == other.sp && pc == other.pc &&
           stack_lo == other.stack_lo && wait_reason == other.wait_reason &&
           tracking_seq == other.tracking_seq;
  }
  // Is it still in the same wait or syscall? Unlike for same_state, its stack may have moved.
  bool same_wait(const Goroutine& other) const {
    return goid == other.goid && status == other.status && wait_reason == other.wait_reason &&
           tracking_seq == other.tracking_seq && waiting == other.waiting && m == other.m;
  }
};

// How many bytes of a g parse_goroutine needs.
std::size_t goroutine_extent(const gobin::RuntimeLayout& layout);

// `bytes`: the first goroutine_extent() bytes of the g at `address`.
Goroutine parse_goroutine(std::span<const std::byte> bytes, RuntimeAddress address,
                          const gobin::RuntimeLayout& layout);

// The g's at `addresses`, in that order, without those that could not be read.
std::vector<Goroutine> read_goroutines(const target::Memory& memory,
                                       const gobin::RuntimeLayout& layout,
                                       std::span<const std::uint64_t> addresses);

}  // namespace gosnoop::snapshot
