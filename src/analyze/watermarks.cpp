// SPDX-License-Identifier: Apache-2.0
#include "analyze/watermarks.h"

namespace gosnoop::analyze {
namespace {

constexpr int kInARow = 3;

}  // namespace

const char* name(Alert::Kind kind) {
  switch (kind) {
    case Alert::Kind::kGoroutines:
      return "goroutines";
    case Alert::Kind::kGrowth:
      return "growth";
    case Alert::Kind::kDump:
      break;
  }
  return "dump";
}

std::vector<Alert> Watermarks::check(event::TimeNs time, std::uint64_t goroutines) {
  const auto grew = growth(time, goroutines);
  std::vector<Alert> alerts;
  auto raise = [&](Alert::Kind kind, double limit) {
    alerts.push_back({kind, goroutines, limit, grew.value_or(0)});
  };
  if (goroutines_raise(goroutines)) {
    raise(Alert::Kind::kGoroutines, static_cast<double>(*limits_.goroutines));
  }
  if (growth_raises(grew)) raise(Alert::Kind::kGrowth, *limits_.growth_per_second);
  if (dump_raises(goroutines)) raise(Alert::Kind::kDump, static_cast<double>(*limits_.dump_at));
  return alerts;
}

// Nothing before the window is full.
std::optional<double> Watermarks::growth(event::TimeNs time, std::uint64_t goroutines) {
  counts_.emplace_back(time, goroutines);
  while (counts_.size() > 2 && counts_[1].first + limits_.growth_window <= time) {
    counts_.pop_front();
  }
  const auto [then, before] = counts_.front();
  if (then + limits_.growth_window > time || then == time) return std::nullopt;
  const auto more = static_cast<double>(goroutines) - static_cast<double>(before);
  return more / (static_cast<double>(time - then) / 1e9);
}

bool Watermarks::goroutines_raise(std::uint64_t goroutines) {
  if (!limits_.goroutines) return false;
  const bool over = goroutines > *limits_.goroutines;
  in_a_row_ = over != raised_ ? in_a_row_ + 1 : 0;
  if (in_a_row_ < kInARow) return false;
  in_a_row_ = 0;
  raised_ = over;
  return raised_;
}

bool Watermarks::growth_raises(const std::optional<double>& growth) {
  if (!limits_.growth_per_second || !growth) return false;
  const bool was = std::exchange(growth_raised_, *growth >= *limits_.growth_per_second);
  return growth_raised_ && !was;
}

bool Watermarks::dump_raises(std::uint64_t goroutines) {
  if (!limits_.dump_at || goroutines < *limits_.dump_at) return false;
  return !std::exchange(dumped_, true);
}

}  // namespace gosnoop::analyze
