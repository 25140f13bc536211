// SPDX-License-Identifier: Apache-2.0
#include "cli/frames.h"

#include <unistd.h>

#include <algorithm>

#include "base/time.h"
#include "target/process_stats.h"

namespace gosnoop::cli {
namespace {

// Looking at a hundred thousand goroutines takes some 100 ms: it may take this share of the time.
constexpr int kShare = 10;

}  // namespace

void FramePace::end() {
  const auto spare = (Clock::now() - begin_) * kShare;
  next_ = begin_ + std::max<Clock::duration>(interval_, spare);
}

output::TopCost FramePace::cost() {
  const auto now = Clock::now();
  const auto cpu_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
  const auto passed = std::chrono::duration<double, std::nano>(now - measured_).count();
  output::TopCost cost;
  if (cpu_ns_ != 0 && passed > 0) cost.cpu_share = static_cast<double>(cpu_ns - cpu_ns_) / passed;
  cost.rss_bytes = target::read_stats(::getpid()).rss_bytes.value_or(0);
  measured_ = now;
  cpu_ns_ = cpu_ns;
  return cost;
}

}  // namespace gosnoop::cli
