// SPDX-License-Identifier: Apache-2.0
#include "event/totals.h"

#include <gtest/gtest.h>

#include "event/wire.h"
#include "tests/unit/event/samples.h"

namespace gosnoop::event {
namespace {

BlockTotals totals(std::uint64_t count, std::uint64_t max_ns, std::size_t slot) {
  BlockTotals e{.stack = 1, .reason = 2, .count = count, .sum_ns = 10 * count, .max_ns = max_ns};
  e.slots[slot] = count;
  return e;
}

template <typename E>
E since_of(const E& now, const E& before) {
  return std::get<E>(since(now, before));
}

TEST(TotalsKey, TellsCumulativeEvents) {
  std::size_t cumulative = 0;
  for (const Event& event : samples()) cumulative += totals_key(event).has_value() ? 1 : 0;
  EXPECT_EQ(cumulative, 8u);
  EXPECT_FALSE(totals_key(GoExit{}));
}

TEST(TotalsKey, DiffersByKindAndWhatIsCounted) {
  EXPECT_EQ(totals_key(totals(1, 1, 1)), totals_key(totals(2, 2, 2)));
  BlockTotals other = totals(1, 1, 1);
  other.reason = 3;
  EXPECT_NE(totals_key(other), totals_key(totals(1, 1, 1)));
  EXPECT_NE(totals_key(Loss{LossKind::kBlock, 0}), totals_key(Loss{LossKind::kBlock, 1}));
  EXPECT_NE(totals_key(SyscallErrors{1, Origin::kGoroutine, 2, 0}),
            totals_key(SyscallErrors{1, Origin::kRuntime, 2, 0}));
}

TEST(Since, TakesAwayWhatWasBefore) {
  auto now = totals(5, 900, 7);
  now.slots[3] = 4;
  auto difference = since_of(now, totals(2, 800, 7));
  EXPECT_EQ(difference.count, 3u);
  EXPECT_EQ(difference.sum_ns, 30u);
  EXPECT_EQ(difference.slots[7], 3u);
  EXPECT_EQ(difference.slots[3], 4u);
}

TEST(Since, AnewLongestIsKnown) {
  EXPECT_EQ(since_of(totals(5, 900, 10), totals(2, 800, 10)).max_ns, 900u);
}

TEST(Since, AnOldLongestIsAtMostWhatTheHistogramSays) {
  auto now = totals(2, 900, 10);
  now.slots[3] = 4;
  EXPECT_EQ(since_of(now, totals(2, 900, 10)).max_ns, 7u);  // slot 3: below 8 ns
  EXPECT_EQ(since_of(totals(2, 900, 10), totals(2, 900, 10)).max_ns, 0u);
}

TEST(Since, TheLastSlotHasNoEnd) {
  constexpr std::uint64_t kLong = std::uint64_t{1} << 50;
  constexpr std::size_t kLast = kHistogramSlots - 1;
  EXPECT_EQ(since_of(totals(3, kLong, kLast), totals(2, kLong, kLast)).max_ns, kLong);
}

TEST(Since, LossesAddUp) {
  auto loss =
      since_of(Loss{LossKind::kBlock, 0, 101, 50, 20, 30}, Loss{LossKind::kBlock, 0, 10, 4, 3, 2});
  EXPECT_EQ(loss.delivered, 46u);
  EXPECT_EQ(loss.seen, loss.delivered + loss.dropped + loss.filtered);
}

TEST(Since, OfTheSameIsLess) {
  for (const Event& event : samples()) {
    if (!totals_key(event) || std::holds_alternative<SyscallGoroutines>(event)) continue;
    EXPECT_NE(encode(since(event, event)), encode(event));
  }
}

}  // namespace
}  // namespace gosnoop::event
