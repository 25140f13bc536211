// SPDX-License-Identifier: Apache-2.0
#include "snapshot/goroutine.h"

#include <algorithm>

#include "base/bytes.h"

namespace gosnoop::snapshot {
namespace {

constexpr std::uint32_t kScanBit = 0x1000;  // runtime2.go, _Gscan

std::uint64_t word(std::span<const std::byte> bytes, std::int32_t offset) {
  if (offset < 0) return 0;
  return read_at<std::uint64_t>(bytes, static_cast<std::uint64_t>(offset)).value_or(0);
}

}  // namespace

std::size_t goroutine_extent(const gobin::RuntimeLayout& layout) {
  const auto& g = layout.g;
  auto last = std::max({g.stack_hi, g.sched_bp, g.syscallbp, g.goid, g.waitreason, g.parent_goid,
                        g.gopc, g.startpc, g.waiting, g.atomicstatus, g.tracking_seq});
  return static_cast<std::size_t>(last) + sizeof(std::uint64_t);
}

Goroutine parse_goroutine(std::span<const std::byte> bytes, RuntimeAddress address,
                          const gobin::RuntimeLayout& layout) {
  const auto& at = layout.g;
  Goroutine g;
  g.address = address;
  g.goid = word(bytes, at.goid);
  g.parent_goid = word(bytes, at.parent_goid);
  g.start_pc = word(bytes, at.startpc);
  g.go_pc = word(bytes, at.gopc);
  g.stack_lo = word(bytes, at.stack_lo);
  g.stack_hi = word(bytes, at.stack_hi);
  g.sp = word(bytes, at.sched_sp);
  g.pc = word(bytes, at.sched_pc);
  g.bp = word(bytes, at.sched_bp);
  g.sched_g = word(bytes, at.sched_g);
  g.syscall_sp = word(bytes, at.syscallsp);
  g.syscall_pc = word(bytes, at.syscallpc);
  g.syscall_bp = word(bytes, at.syscallbp);
  g.waiting = word(bytes, at.waiting);
  auto status = static_cast<std::uint32_t>(word(bytes, at.atomicstatus));
  g.status = static_cast<Status>(std::min(status & ~kScanBit, 0xffu));  // none is as large
  g.wait_reason = static_cast<std::uint8_t>(word(bytes, at.waitreason));
  g.tracking_seq = static_cast<std::uint8_t>(word(bytes, at.tracking_seq));
  return g;
}

}  // namespace gosnoop::snapshot
