// SPDX-License-Identifier: Apache-2.0
#include "snapshot/goroutine.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <initializer_list>

namespace gosnoop::snapshot {
namespace {

constexpr RuntimeAddress kAddress{0xc000006700};

// A g in memory, by the layout of one Go version.
class Bytes {
 public:
  explicit Bytes(int go_minor)
      : layout(gobin::layout_from_table(go_minor)), bytes_(goroutine_extent(layout)) {}

  // Each field gets a value of its own, so that no two can be mixed up.
  void fill_all() {
    const auto& g = layout.g;
    std::uint64_t value = 0x1000;
    for (auto offset : {g.goid,      g.parent_goid, g.startpc,   g.gopc,       g.stack_lo,
                        g.stack_hi,  g.sched_sp,    g.sched_pc,  g.sched_bp,   g.sched_g,
                        g.syscallsp, g.syscallpc,   g.syscallbp, g.waiting,    g.m,
                        g.lockedm,   g.waitsince,   g.timer,     g.sleep_when, g.bubble}) {
      put(offset, value++);
    }
    put(g.atomicstatus, std::uint32_t{4});
    put(g.waitreason, std::uint8_t{14});
  }

  template <typename T>
  void put(std::int32_t offset, T value) {
    if (offset == gobin::kNoField) return;
    ASSERT_LE(static_cast<std::size_t>(offset) + sizeof(value), bytes_.size());
    std::memcpy(&bytes_[static_cast<std::size_t>(offset)], &value, sizeof(value));
  }

  std::uint64_t address() const { return reinterpret_cast<std::uint64_t>(bytes_.data()); }
  Goroutine parse() const { return parse_goroutine(bytes_, kAddress, layout); }

  const gobin::RuntimeLayout layout;

 private:
  std::vector<std::byte> bytes_;
};

class EveryLayout : public testing::TestWithParam<int> {};

TEST_P(EveryLayout, EveryFieldIsReadFromItsPlace) {
  Bytes bytes(GetParam());
  bytes.fill_all();
  const auto g = bytes.parse();
  EXPECT_EQ(g.address, kAddress);
  EXPECT_EQ(g.goid, 0x1000u);
  EXPECT_EQ(g.start_pc, 0x1002u);
  EXPECT_EQ(g.go_pc, 0x1003u);
  EXPECT_EQ(g.stack_lo, 0x1004u);
  EXPECT_EQ(g.stack_hi, 0x1005u);
  EXPECT_EQ(g.sp, 0x1006u);
  EXPECT_EQ(g.pc, 0x1007u);
  EXPECT_EQ(g.bp, 0x1008u);
  EXPECT_EQ(g.sched_g, 0x1009u);
  EXPECT_EQ(g.syscall_sp, 0x100au);
  EXPECT_EQ(g.syscall_pc, 0x100bu);
  EXPECT_EQ(g.waiting, 0x100du);
  EXPECT_EQ(g.m, 0x100eu);
  EXPECT_EQ(g.locked_m, 0x100fu);
  EXPECT_EQ(g.waitsince, 0x1010u);
  EXPECT_EQ(g.timer, 0x1011u);
  EXPECT_EQ(g.status, Status::kWaiting);
  EXPECT_EQ(g.wait_reason, 14);
}

TEST_P(EveryLayout, AFieldThatTheVersionHasNotIsZero) {
  Bytes bytes(GetParam());
  bytes.fill_all();
  const auto g = bytes.parse();
  EXPECT_EQ(g.parent_goid, GetParam() >= 21 ? 0x1001u : 0u);
  EXPECT_EQ(g.syscall_bp, GetParam() >= 23 ? 0x100cu : 0u);
  EXPECT_EQ(g.sleep_when, GetParam() >= 23 ? 0x1012u : 0u);
  EXPECT_EQ(g.bubble, GetParam() >= 24 ? 0x1013u : 0u);
}

// The states of a goroutine that the collector is looking at have the bit _Gscan.
TEST_P(EveryLayout, TheScanBitIsCleared) {
  Bytes bytes(GetParam());
  for (std::uint32_t status : {1, 2, 3, 4, 9}) {
    bytes.put(bytes.layout.g.atomicstatus, status | 0x1000);
    EXPECT_EQ(bytes.parse().status, static_cast<Status>(status));
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryLayout, testing::Values(19, 21, 22, 23, 24, 25, 26, 27, 28));

TEST(ParseGoroutine, OfTooFewBytesIsNotReadBeyond) {
  const auto layout = gobin::layout_from_table(24);
  const auto none = parse_goroutine({}, kAddress, layout);
  EXPECT_EQ(none.goid, 0u);
  EXPECT_FALSE(none.live());
  std::vector<std::byte> few(static_cast<std::size_t>(layout.g.goid) + 4, std::byte{1});
  EXPECT_EQ(parse_goroutine(few, kAddress, layout).goid, 0u);
}

Goroutine in(Status status) {
  Goroutine g;
  g.status = status;
  return g;
}

TEST(Goroutine, IsLive) {
  for (auto status : {Status::kRunnable, Status::kRunning, Status::kSyscall, Status::kWaiting,
                      Status::kCopystack, Status::kPreempted, Status::kLeaked}) {
    EXPECT_TRUE(in(status).live()) << static_cast<int>(status);
  }
  for (auto status : {Status::kIdle, Status::kDead, Status::kDeadExtra}) {
    EXPECT_FALSE(in(status).live()) << static_cast<int>(status);
  }
}

TEST(Goroutine, IsParked) {
  for (auto status : {Status::kWaiting, Status::kPreempted, Status::kLeaked}) {
    EXPECT_TRUE(in(status).parked()) << static_cast<int>(status);
  }
  for (auto status : {Status::kRunnable, Status::kRunning, Status::kSyscall, Status::kDead}) {
    EXPECT_FALSE(in(status).parked()) << static_cast<int>(status);
  }
}

TEST(Goroutine, ThatMovedIsNotInTheSameState) {
  Bytes bytes(24);
  bytes.fill_all();
  const auto g = bytes.parse();
  EXPECT_TRUE(g.same_state(bytes.parse()));
  const auto& at = bytes.layout.g;
  for (auto offset : {at.goid, at.sched_sp, at.sched_pc, at.stack_lo}) {
    Bytes moved(24);
    moved.fill_all();
    moved.put(offset, std::uint64_t{1});
    EXPECT_FALSE(g.same_state(moved.parse())) << offset;
  }
  bytes.put(at.atomicstatus, std::uint32_t{1});
  EXPECT_FALSE(g.same_state(bytes.parse()));
}

// The collector may move the stack of a goroutine that waits.
TEST(Goroutine, WaitsOnWhereItsStackMoved) {
  Bytes bytes(24), moved(24);
  bytes.fill_all();
  moved.fill_all();
  const auto& at = bytes.layout.g;
  for (auto offset : {at.sched_sp, at.stack_lo}) moved.put(offset, std::uint64_t{1});
  EXPECT_TRUE(bytes.parse().same_wait(moved.parse()));
  for (auto offset : {at.goid, at.waiting, at.m}) {
    Bytes other(24);
    other.fill_all();
    other.put(offset, std::uint64_t{1});
    EXPECT_FALSE(bytes.parse().same_wait(other.parse())) << offset;
  }
  moved.put(at.tracking_seq, std::uint8_t{77});
  EXPECT_FALSE(bytes.parse().same_wait(moved.parse()));
}

TEST(ReadGoroutines, LeavesOutWhatCannotBeRead) {
  auto memory = target::Memory::open(::getpid());
  ASSERT_TRUE(memory) << memory.error().message;
  Bytes first(24), second(24);
  first.put(first.layout.g.goid, std::uint64_t{7});
  second.put(second.layout.g.goid, std::uint64_t{8});
  const std::uint64_t addresses[] = {first.address(), 0, 1u << 16, second.address()};
  const auto read = read_goroutines(*memory, first.layout, addresses);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].goid, 7u);
  EXPECT_EQ(read[0].address.value, first.address());
  EXPECT_EQ(read[1].goid, 8u);
}

}  // namespace
}  // namespace gosnoop::snapshot
