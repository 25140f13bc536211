// SPDX-License-Identifier: Apache-2.0
#include "analyze/histogram.h"

#include <gtest/gtest.h>

#include <bit>

namespace gosnoop::analyze {
namespace {

Slots slots_of(const std::vector<std::uint64_t>& durations) {
  Slots slots{};
  for (std::uint64_t ns : durations) {
    ++slots[std::min<std::size_t>(static_cast<std::size_t>(std::bit_width(ns)), slots.size() - 1)];
  }
  return slots;
}

TEST(Histogram, Empty) { EXPECT_EQ(quantile_ns(Slots{}, 0.5, 0), 0u); }

TEST(Histogram, OnlyZeros) { EXPECT_EQ(quantile_ns(slots_of({0, 0, 0}), 0.99, 0), 0u); }

TEST(Histogram, OneDurationIsNeverExceeded) {
  for (unsigned long long ns : {1ull, 2ull, 3ull, 1000ull, 123'456'789ull, 1ull << 50}) {
    for (double quantile : {0.0, 0.5, 0.99, 1.0}) {
      EXPECT_LE(quantile_ns(slots_of({ns}), quantile, ns), ns);
      EXPECT_GE(quantile_ns(slots_of({ns}), quantile, ns) * 2,
                std::min<std::uint64_t>(ns, 1ull << 38));
    }
    EXPECT_EQ(quantile_ns(slots_of({ns}), 1.0, ns), ns);
  }
}

TEST(Histogram, InterpolatesWithinASlot) {
  std::vector<std::uint64_t> durations;
  for (std::uint64_t ns = 1024; ns < 2048; ++ns) durations.push_back(ns);
  EXPECT_NEAR(static_cast<double>(quantile_ns(slots_of(durations), 0.5, 2047)), 1536, 2);
  EXPECT_NEAR(static_cast<double>(quantile_ns(slots_of(durations), 0.25, 2047)), 1280, 2);
}

TEST(Histogram, FindsTheTail) {
  std::vector<std::uint64_t> durations(980, 1000);
  durations.insert(durations.end(), 20, 1'000'000);
  Slots slots = slots_of(durations);
  EXPECT_LE(quantile_ns(slots, 0.5, 1'000'000), 1024u);
  EXPECT_GE(quantile_ns(slots, 0.99, 1'000'000), 524'288u);
  EXPECT_LE(quantile_ns(slots, 0.99, 1'000'000), 1'000'000u);
}

TEST(Histogram, GrowsWithTheQuantile) {
  Slots slots = slots_of({1, 5, 5, 70, 900, 901, 100'000, 5'000'000});
  std::uint64_t before = 0;
  for (int percent = 0; percent <= 100; ++percent) {
    std::uint64_t ns = quantile_ns(slots, percent / 100.0, 5'000'000);
    EXPECT_GE(ns, before);
    before = ns;
  }
}

TEST(Histogram, AddsUp) {
  Slots slots = slots_of({1, 100});
  add_slots(slots, slots_of({100, 100}));
  EXPECT_EQ(slots[7], 3u);
  EXPECT_EQ(slots[1], 1u);
}

}  // namespace
}  // namespace gosnoop::analyze
