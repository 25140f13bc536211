// SPDX-License-Identifier: Apache-2.0
#include "snapshot/waits_locks.h"

#include "tests/unit/snapshot/fake_runtime.h"

namespace gosnoop::snapshot {
namespace {

using Kind = WaitsFor::Kind;
constexpr std::uint64_t kSemaphore = 0xc000012344;

class LocksTest : public FakeRuntime {
 protected:
  Object& semaphore_sudog(const Goroutine& g, std::uint64_t element = kSemaphore) {
    return sudog(g, 0).put(layout_.sudog.elem, element);
  }
  // One that its stack points at, at that word.
  Goroutine& blocked(std::size_t word, std::uint64_t element = kSemaphore) {
    auto& g = goroutine();
    push(g, word, semaphore_sudog(g, element).address());
    return g;
  }
  WaitsFor wait(const Goroutine& g, Wait wait) {
    LockReader reader(*memory_, layout_);
    return read(reader, g, wait);
  }
};

// Go 1.26 and later.
TEST_F(LocksTest, ASemaphoreByWaiting) {
  auto& g = goroutine();
  g.waiting = semaphore_sudog(g).address();
  const auto waits = wait(g, Wait::kSemaphore);
  EXPECT_EQ(waits.kind, Kind::kSemaphore);
  EXPECT_EQ(waits.address, kSemaphore);
  auto& other = goroutine();
  other.waiting = g.waiting;
  EXPECT_EQ(wait(other, Wait::kSemaphore).kind, Kind::kUnknown);
}

TEST_F(LocksTest, ASemaphoreByTheStack) {
  const auto waits = wait(blocked(13), Wait::kSemaphore);
  EXPECT_EQ(waits.kind, Kind::kSemaphore);
  EXPECT_EQ(waits.address, kSemaphore);
}

TEST_F(LocksTest, ThePointerMayLieThereTwice) {
  auto& g = goroutine();
  auto address = semaphore_sudog(g).address();
  push(g, 9, address);
  push(g, 20, address);
  EXPECT_EQ(wait(g, Wait::kSemaphore).address, kSemaphore);
}

TEST_F(LocksTest, OfTwoItIsNotGuessed) {
  auto& g = blocked(13);
  push(g, 14, semaphore_sudog(g, kSemaphore + 64).address());
  EXPECT_EQ(wait(g, Wait::kSemaphore).kind, Kind::kUnknown);
}

TEST_F(LocksTest, SudogsOfOthersAndOfOldWaitsAreNotTaken) {
  auto& g = goroutine();
  push(g, 3, semaphore_sudog(goroutine()).address());
  push(g, 4, semaphore_sudog(g, 0).address());
  push(g, 5, semaphore_sudog(g, kSemaphore + 1).address());                    // no uint32 is there
  push(g, 6, sudog(g, 0x7000).put(layout_.sudog.elem, kSemaphore).address());  // of a channel
  push(g, 7, 0x12345678);
  push(g, 8, UINT64_MAX);
  EXPECT_EQ(wait(g, Wait::kSemaphore).kind, Kind::kUnknown);
}

// Where one was found others are looked for first: what lies elsewhere does not confuse then.
TEST_F(LocksTest, ThePlaceIsLearned) {
  LockReader reader(*memory_, layout_);
  EXPECT_EQ(read(reader, blocked(13), Wait::kSemaphore).kind, Kind::kSemaphore);
  auto& g = blocked(13);
  push(g, 14, semaphore_sudog(g, kSemaphore + 64).address());
  EXPECT_EQ(read(reader, g, Wait::kSemaphore).address, kSemaphore);
  EXPECT_EQ(read(reader, blocked(17, kSemaphore + 8), Wait::kSemaphore).address, kSemaphore + 8);
}

TEST_F(LocksTest, AStackPointerThatIsNoneIsNotFollowed) {
  auto& g = blocked(13);
  g.sp = 0;
  EXPECT_EQ(wait(g, Wait::kSemaphore).kind, Kind::kUnknown);
}

class CondTest : public LocksTest {
 protected:
  static constexpr std::size_t kWord = 21;

  // notifyList of sema.go, with these waiting on it.
  Object& list(const std::vector<Goroutine*>& waiters) {
    auto& result = object();
    Object* last = nullptr;
    for (auto* g : waiters) {
      push(*g, kWord, result.address());
      auto& one = sudog(*g, 0);
      last != nullptr ? last->put(layout_.sudog.next, one.address())
                      : result.put(16, one.address());
      last = &one;
    }
    return result.put(0, static_cast<std::uint32_t>(waiters.size())).put(24, last->address());
  }
};

TEST_F(CondTest, ByWaiting) {
  auto& g = goroutine();
  g.waiting = semaphore_sudog(g, 0xc000012340).address();
  const auto waits = wait(g, Wait::kCond);
  EXPECT_EQ(waits.kind, Kind::kCond);
  EXPECT_EQ(waits.address, 0xc000012330u);
}

TEST_F(CondTest, ByTheStack) {
  std::vector<Goroutine*> waiters{&goroutine(), &goroutine(), &goroutine()};
  const auto address = list(waiters).address() - 16;
  for (auto* g : waiters) {
    EXPECT_EQ(wait(*g, Wait::kCond).kind, Kind::kCond);
    EXPECT_EQ(wait(*g, Wait::kCond).address, address);
  }
}

TEST_F(CondTest, AListThatItIsNotOnIsNotTaken) {
  auto& g = goroutine();
  push(g, kWord, list({&goroutine()}).address());
  EXPECT_EQ(wait(g, Wait::kCond).kind, Kind::kUnknown);
}

TEST_F(CondTest, ACrowd) {
  std::vector<Goroutine*> waiters(2 * kMaxWaiters);
  for (auto& g : waiters) g = &goroutine();
  const auto address = list(waiters).address() - 16;
  std::vector<WaitsFor> waits(waiters.size());
  std::vector<Wanted> wanted;
  for (auto* g : waiters) wanted.push_back({g, Wait::kCond, &waits[wanted.size()]});
  LockReader reader(*memory_, layout_);
  reader.read(wanted);
  for (const auto& one : waits) EXPECT_EQ(one.address, address);
}

}  // namespace
}  // namespace gosnoop::snapshot
