// SPDX-License-Identifier: Apache-2.0
// How many goroutines there were, over time, in bounded memory.
#pragma once

#include <vector>

#include "analyze/report.h"
#include "event/event.h"

namespace gosnoop::analyze {

class CountSeries {
 public:
  static constexpr std::size_t kMostPoints = 400;

  // What the count is at `time`. Points closer than the step are left out; where there are too
  // many, every other one goes and the step doubles, so that the whole window stays covered evenly.
  void add(event::TimeNs time, std::uint64_t count);
  // By seconds since `start`, with the last count as the last point.
  std::vector<CountPoint> points(event::TimeNs start) const;

 private:
  struct Point {
    event::TimeNs time = 0;
    std::uint64_t count = 0;
  };

  std::vector<Point> points_;
  Point last_;
  event::TimeNs step_ = 10'000'000;
};

}  // namespace gosnoop::analyze
