// SPDX-License-Identifier: Apache-2.0
#include "analyze/count_series.h"

#include <algorithm>

namespace gosnoop::analyze {

void CountSeries::add(event::TimeNs time, std::uint64_t count) {
  last_ = {time, count};
  if (!points_.empty() && time < points_.back().time + step_) return;
  points_.push_back(last_);
  if (points_.size() < kMostPoints) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points_.size(); i += 2) points_[kept++] = points_[i];
  points_.resize(kept);
  step_ = std::max(2 * step_, (points_.back().time - points_.front().time) / kept);
}

std::vector<CountPoint> CountSeries::points(event::TimeNs start) const {
  std::vector<CountPoint> result;
  auto add_to_result = [&](const Point& point) {
    const event::TimeNs since = point.time > start ? point.time - start : 0;
    result.push_back({static_cast<double>(since) / 1e9, point.count});
  };
  result.reserve(points_.size() + 1);
  for (const Point& point : points_) add_to_result(point);
  if (!points_.empty() && last_.time > points_.back().time) add_to_result(last_);
  return result;
}

}  // namespace gosnoop::analyze
