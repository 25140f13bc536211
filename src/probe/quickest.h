// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace gosnoop::probe {

// What a call takes, in ns, of the quickest of some rounds of a hundred: what interrupts them, or
// runs beside them, does not count.
template <typename Call>
double quickest_ns(int rounds, Call call) {
  using Clock = std::chrono::steady_clock;
  constexpr int kCalls = 100;
  std::chrono::duration<double, std::nano> quickest = std::chrono::seconds(1);
  for (int round = 0; round < rounds; ++round) {
    const auto before = Clock::now();
    for (int i = 0; i < kCalls; ++i) call();
    quickest = std::min<decltype(quickest)>(quickest, Clock::now() - before);
  }
  return quickest.count() / kCalls;
}

}  // namespace gosnoop::probe
