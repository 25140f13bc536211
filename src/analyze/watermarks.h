// SPDX-License-Identifier: Apache-2.0
// When the number of goroutines of a process is worth telling someone. Pure: counts in, alerts out.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "event/event.h"

namespace gosnoop::analyze {

struct WatermarkLimits {
  std::optional<std::uint64_t> goroutines = {};  // more than that in three checks in a row
  std::optional<double> growth_per_second = {};  // at least that over the window below
  event::TimeNs growth_window = 60'000'000'000;
  std::optional<std::uint64_t> dump_at = {};  // at least that many, in one check

  bool any() const { return goroutines || growth_per_second || dump_at; }
};

struct Alert {
  enum class Kind { kGoroutines, kGrowth, kDump };
  Kind kind = Kind::kGoroutines;
  std::uint64_t goroutines = 0;
  double limit = 0;              // the one that was reached
  double growth_per_second = 0;  // over the window; 0 before it is full
};

// "goroutines", "growth", "dump"
const char* name(Alert::Kind kind);

// Of one process. An alert is raised once: again only after three checks in a row within the limit
// (growth: after one). That of a dump is raised once for good.
class Watermarks {
 public:
  explicit Watermarks(WatermarkLimits limits) : limits_(limits) {}

  // Times ascend.
  std::vector<Alert> check(event::TimeNs time, std::uint64_t goroutines);

 private:
  std::optional<double> growth(event::TimeNs time, std::uint64_t goroutines);
  bool goroutines_raise(std::uint64_t goroutines);
  bool growth_raises(const std::optional<double>& growth);
  bool dump_raises(std::uint64_t goroutines);

  WatermarkLimits limits_;
  std::deque<std::pair<event::TimeNs, std::uint64_t>> counts_;  // of the window
  int in_a_row_ = 0;  // checks on the other side of the limit than raised_ says
  bool raised_ = false;
  bool growth_raised_ = false;
  bool dumped_ = false;
};

}  // namespace gosnoop::analyze
