// SPDX-License-Identifier: Apache-2.0
#include "probe/call_cost.h"

#include <gtest/gtest.h>

namespace gosnoop::probe {
namespace {

TEST(CallCost, OfTheTargetAndOfOthers) {
  const CallCostSum sum = cost_of({1'000, 300'000, 30'000, 5'000}, 150);
  EXPECT_EQ(sum.calls, 1'000u);
  EXPECT_EQ(sum.target_ns, 420'000u);  // 270 ns a call by the programs, 150 to pass
  EXPECT_EQ(sum.others_ns, 600'000u);  // 4,000 calls
}

TEST(CallCost, WithoutStatisticsOthersAreNotKnown) {
  EXPECT_EQ(cost_of({1'000, 300'000, 30'000, 0}, 150).others_ns, 0u);
}

// The two are not read at one moment.
TEST(CallCost, IsNeverNegative) {
  EXPECT_EQ(cost_of({10, 0, 300, 9}, 0).target_ns, 0u);
  EXPECT_EQ(cost_of({10, 0, 0, 9}, 150).others_ns, 0u);
}

}  // namespace
}  // namespace gosnoop::probe
