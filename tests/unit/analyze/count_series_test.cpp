// SPDX-License-Identifier: Apache-2.0
#include "analyze/count_series.h"

#include <gtest/gtest.h>

#include "analyze/pipeline.h"

namespace gosnoop::analyze {
namespace {

constexpr event::TimeNs kMs = 1'000'000;
constexpr event::TimeNs kSecond = 1000 * kMs;

TEST(CountSeries, Nothing) { EXPECT_TRUE(CountSeries().points(0).empty()); }

TEST(CountSeries, PointsAreApartAndTheLastIsKept) {
  CountSeries series;
  for (event::TimeNs t = 0; t <= 25; ++t) series.add(kSecond + t * kMs, t);
  const auto points = series.points(kSecond);
  ASSERT_EQ(points.size(), 4u);
  EXPECT_EQ(points[1].seconds, 0.010);
  EXPECT_EQ(points[1].goroutines, 10u);
  EXPECT_EQ(points[3].seconds, 0.025);
  EXPECT_EQ(points[3].goroutines, 25u);
}

TEST(CountSeries, ALongWindowIsCoveredEvenlyInBoundedMemory) {
  CountSeries series;
  for (event::TimeNs t = 0; t < 3600; ++t) series.add(t * kSecond, t);
  const auto points = series.points(0);
  EXPECT_LE(points.size(), CountSeries::kMostPoints + 1);
  EXPECT_GT(points.size(), CountSeries::kMostPoints / 4);
  EXPECT_EQ(points.front().goroutines, 0u);
  EXPECT_EQ(points.back().goroutines, 3599u);
  double widest = 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    widest = std::max(widest, points[i].seconds - points[i - 1].seconds);
    EXPECT_EQ(static_cast<double>(points[i].goroutines), points[i].seconds);
  }
  EXPECT_LT(widest, 40);
}

TEST(CountSeries, APipelineCountsFromTheFirstSnapshotOn) {
  Pipeline pipeline;
  pipeline.on(event::WindowStart{kSecond, 1});
  pipeline.on(event::GoCreate{.time = kSecond + 1, .goid = 7});
  pipeline.on(event::SnapshotBegin{kSecond + 2});
  pipeline.on(event::GoState{.time = kSecond + 3, .goid = 1, .status = event::GoStatus::kWaiting});
  pipeline.on(event::GoState{.time = kSecond + 3, .goid = 7, .status = event::GoStatus::kWaiting});
  pipeline.on(event::SnapshotEnd{kSecond + 4, 2, 0});
  pipeline.on(event::GoCreate{.time = 2 * kSecond, .goid = 8});
  pipeline.on(event::GoExit{.time = 3 * kSecond, .goid = 7});
  const Report report = pipeline.report();
  ASSERT_EQ(report.goroutines_over_time.size(), 3u);
  EXPECT_EQ(report.goroutines_over_time[0].goroutines, 2u);
  EXPECT_EQ(report.goroutines_over_time[1].goroutines, 3u);
  EXPECT_EQ(report.goroutines_over_time[2].goroutines, 2u);
  EXPECT_EQ(report.goroutines_over_time[2].seconds, 2.0);
  EXPECT_EQ(report.goroutines_over_time.back().goroutines, report.goroutines.now);
}

}  // namespace
}  // namespace gosnoop::analyze
