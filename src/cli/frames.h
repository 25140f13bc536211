// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

#include "output/top_view.h"

namespace gosnoop::cli {

// When the live view looks again: each interval, but less often where looking takes long. And what
// that costs gosnoop itself.
class FramePace {
 public:
  using Clock = std::chrono::steady_clock;

  explicit FramePace(std::chrono::nanoseconds interval) : interval_(interval) {}

  bool is_due() const { return Clock::now() >= next_; }
  // Around each look.
  void begin() { begin_ = Clock::now(); }
  void end();
  // Since the last call; the first one knows no share of a CPU.
  output::TopCost cost();

 private:
  std::chrono::nanoseconds interval_;
  Clock::time_point begin_;
  Clock::time_point next_;  // at once
  Clock::time_point measured_ = Clock::now();
  std::uint64_t cpu_ns_ = 0;
};

}  // namespace gosnoop::cli
