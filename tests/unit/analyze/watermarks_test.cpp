// SPDX-License-Identifier: Apache-2.0
#include "analyze/watermarks.h"

#include <gtest/gtest.h>

#include <string>

namespace gosnoop::analyze {
namespace {

constexpr event::TimeNs kSecond = 1'000'000'000;

// The alerts of counts that come once a second, a letter each: "." for none.
std::string alerts(const WatermarkLimits& limits, const std::vector<std::uint64_t>& counts) {
  Watermarks watermarks(limits);
  std::string text;
  event::TimeNs time = 100 * kSecond;
  for (auto count : counts) {
    auto raised = watermarks.check(time, count);
    if (raised.empty()) text += '.';
    for (const auto& alert : raised) text += name(alert.kind)[0] == 'g' ? name(alert.kind)[1] : 'd';
    time += kSecond;
  }
  return text;
}

TEST(Watermarks, NoLimitNoAlert) {
  EXPECT_FALSE(WatermarkLimits{}.any());
  EXPECT_EQ(alerts({}, {1, 1'000'000, 1}), "...");
}

TEST(Watermarks, ThreeChecksInARow) {
  WatermarkLimits limits{.goroutines = 10};
  EXPECT_EQ(alerts(limits, {11, 11, 10, 11, 11}), ".....");
  EXPECT_EQ(alerts(limits, {10, 11, 11, 11}), "...o");
  EXPECT_EQ(alerts(limits, {10, 10, 10, 10}), "....");
}

TEST(Watermarks, OnceUntilItWasWithinTheLimitForThreeChecks) {
  WatermarkLimits limits{.goroutines = 10};
  EXPECT_EQ(alerts(limits, {11, 11, 11, 11, 10, 10, 11, 11, 11}), "..o......");
  EXPECT_EQ(alerts(limits, {11, 11, 11, 10, 10, 10, 11, 11, 11}), "..o.....o");
}

TEST(Watermarks, DumpAtOnceAndOnce) {
  WatermarkLimits limits{.dump_at = 10};
  EXPECT_EQ(alerts(limits, {9, 10, 11, 0, 12}), ".d...");
}

TEST(Watermarks, GrowthOverAFullWindow) {
  WatermarkLimits limits{.growth_per_second = 5, .growth_window = 3 * kSecond};
  EXPECT_EQ(alerts(limits, {0, 5, 10, 15, 20}), "...r.");     // not before three seconds
  EXPECT_EQ(alerts(limits, {0, 100, 1, 2, 3, 4}), "......");  // a burst that ended
  EXPECT_EQ(alerts(limits, {0, 5, 10, 14}), "....");          // a little less
  EXPECT_EQ(alerts(limits, {100, 50, 10, 0, 0}), ".....");    // shrinks
  EXPECT_EQ(alerts(limits, {0, 5, 10, 15, 15, 15, 20, 30}), "...r...r");  // stops, grows again
}

TEST(Watermarks, GrowthIsToldWithOtherAlerts) {
  Watermarks watermarks({.growth_window = 2 * kSecond, .dump_at = 21});
  EXPECT_TRUE(watermarks.check(100 * kSecond, 1).empty());
  EXPECT_TRUE(watermarks.check(101 * kSecond, 11).empty());
  auto raised = watermarks.check(102 * kSecond, 21);
  ASSERT_EQ(raised.size(), 1u);
  EXPECT_DOUBLE_EQ(raised[0].growth_per_second, 10);
  EXPECT_EQ(raised[0].goroutines, 21u);
  EXPECT_EQ(raised[0].limit, 21);
}

// The memory of an exporter must not grow with the checks.
TEST(Watermarks, ACheckOfTheSameTimeIsNoGrowth) {
  Watermarks watermarks({.growth_per_second = 1, .growth_window = 0});
  EXPECT_TRUE(watermarks.check(kSecond, 1).empty());
  EXPECT_TRUE(watermarks.check(kSecond, 100).empty());
}

}  // namespace
}  // namespace gosnoop::analyze
