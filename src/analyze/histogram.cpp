// SPDX-License-Identifier: Apache-2.0
#include "analyze/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace gosnoop::analyze {
namespace {

double lower_bound_ns(std::size_t slot) {
  return slot == 0 ? 0.0 : std::ldexp(1.0, static_cast<int>(slot) - 1);
}

// Where in slot `slot` a duration lies that `part` of the slot's durations do not exceed. The last
// slot has no end but the longest duration, and no slot reaches beyond that.
std::uint64_t within(std::size_t slot, double part, std::uint64_t max_ns) {
  auto max = static_cast<double>(max_ns);
  double low = lower_bound_ns(slot);
  bool last = slot + 1 == event::kHistogramSlots;
  double high = slot == 0 ? 0.0 : last ? std::max(max, low) : std::min(2 * low, std::max(max, low));
  auto ns = static_cast<std::uint64_t>(std::llround(low + (high - low) * part));
  return std::min(ns, max_ns);
}

}  // namespace

std::uint64_t quantile_ns(const Slots& slots, double quantile, std::uint64_t max_ns) {
  auto total = std::accumulate(slots.begin(), slots.end(), std::uint64_t{0});
  if (total == 0) return 0;
  double wanted = std::clamp(quantile, 0.0, 1.0) * static_cast<double>(total);
  double before = 0;
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    auto here = static_cast<double>(slots[slot]);
    if (here > 0 && before + here >= wanted) return within(slot, (wanted - before) / here, max_ns);
    before += here;
  }
  return max_ns;
}

void add_slots(Slots& to, const Slots& slots) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += slots[i];
}

}  // namespace gosnoop::analyze
