// SPDX-License-Identifier: Apache-2.0
#include "snapshot/goroutine.h"

#include <algorithm>

#include "base/bytes.h"
#include "snapshot/structs.h"

namespace gosnoop::snapshot {
namespace {

constexpr std::uint32_t kScanBit = 0x1000;  // runtime2.go, _Gscan

}  // namespace

std::size_t goroutine_extent(const gobin::RuntimeLayout& layout) {
  const auto& g = layout.g;
  auto last = std::max({g.stack_hi, g.sched_bp, g.syscallbp, g.goid, g.waitreason, g.parent_goid,
                        g.gopc, g.startpc, g.waiting, g.atomicstatus, g.tracking_seq, g.m,
                        g.lockedm, g.waitsince, g.timer, g.sleep_when, g.bubble});
  return static_cast<std::size_t>(last) + sizeof(std::uint64_t);
}

Goroutine parse_goroutine(std::span<const std::byte> bytes, RuntimeAddress address,
                          const gobin::RuntimeLayout& layout) {
  const auto& at = layout.g;
  Goroutine g;
  g.address = address;
  g.goid = field(bytes, at.goid);
  g.parent_goid = field(bytes, at.parent_goid);
  g.start_pc = field(bytes, at.startpc);
  g.go_pc = field(bytes, at.gopc);
  g.stack_lo = field(bytes, at.stack_lo);
  g.stack_hi = field(bytes, at.stack_hi);
  g.sp = field(bytes, at.sched_sp);
  g.pc = field(bytes, at.sched_pc);
  g.bp = field(bytes, at.sched_bp);
  g.sched_g = field(bytes, at.sched_g);
  g.syscall_sp = field(bytes, at.syscallsp);
  g.syscall_pc = field(bytes, at.syscallpc);
  g.syscall_bp = field(bytes, at.syscallbp);
  g.waiting = field(bytes, at.waiting);
  g.m = field(bytes, at.m);
  g.locked_m = field(bytes, at.lockedm);
  g.waitsince = field(bytes, at.waitsince);
  g.timer = field(bytes, at.timer);
  g.sleep_when = field(bytes, at.sleep_when);
  g.bubble = field(bytes, at.bubble);
  auto status = field<std::uint32_t>(bytes, at.atomicstatus);
  g.status = static_cast<Status>(std::min(status & ~kScanBit, 0xffu));  // none is as large
  g.wait_reason = field<std::uint8_t>(bytes, at.waitreason);
  g.tracking_seq = field<std::uint8_t>(bytes, at.tracking_seq);
  return g;
}

std::vector<Goroutine> read_goroutines(const target::Memory& memory,
                                       const gobin::RuntimeLayout& layout,
                                       std::span<const std::uint64_t> addresses) {
  const Structs read(memory, addresses, goroutine_extent(layout));
  std::vector<Goroutine> result;
  result.reserve(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (read[i].empty()) continue;
    result.push_back(parse_goroutine(read[i], RuntimeAddress{addresses[i]}, layout));
  }
  return result;
}

}  // namespace gosnoop::snapshot
