// SPDX-License-Identifier: Apache-2.0
#include "target/process_stats.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/time.h"
#include "target/proc_text.h"

namespace gosnoop::target {
namespace {

constexpr const char* kStatus =
    "Name:\tapp\nVmPeak:\t 1234 kB\nVmRSS:\t   86272 kB\nThreads:\t12\n";
// A name may hold what ends a name.
constexpr const char* kStat =
    "4711 (a) S 1 (b) R 1 4711 4711 0 -1 4194560 1834 0 0 0 3 1 0 0 20 0 12 0 123456 1260000000 "
    "21568 "
    "18446744073709551615 4194304 5000000 140721000000000 0 0 0 0 0\n";

TEST(ProcessStats, FromWhatProcSays) {
  auto stats = parse_stats(kStatus, kStat, 100);
  EXPECT_EQ(stats.threads, 12u);
  EXPECT_EQ(stats.rss_bytes, 86272u * 1024);
  EXPECT_EQ(stats.start_ns, 1'234'560'000'000u);
  EXPECT_EQ(uptime_ns(stats, 1'234'560'000'007u), 7u);
  EXPECT_EQ(uptime_ns(stats, 1), 0u) << "a clock tick is coarse";
}

TEST(ProcessStats, WhatIsNotThereIsUnknown) {
  auto stats = parse_stats("Name:\tapp\nThreads:\tmany\n", "4711 (app) S 1", 100);
  EXPECT_FALSE(stats.threads);
  EXPECT_FALSE(stats.rss_bytes);
  EXPECT_FALSE(stats.start_ns);
  EXPECT_FALSE(uptime_ns(stats, 1));
}

TEST(ProcessStats, OfThisTest) {
  auto stats = read_stats(::getpid());
  EXPECT_EQ(stats.threads, 1u);
  EXPECT_GT(stats.rss_bytes, 100'000u);
  EXPECT_LT(uptime_ns(stats, clock_ns(CLOCK_BOOTTIME)), 600'000'000'000u);
}

TEST(StatField, IsCountedBehindTheName) {
  EXPECT_EQ(stat_field(kStat, 3), "R");
  EXPECT_EQ(stat_field(kStat, 22), "123456");
  EXPECT_EQ(stat_field(kStat, 99), "");
  EXPECT_EQ(stat_field("4711", 3), "");
}

TEST(Word, OfALine) {
  EXPECT_EQ(word("  a bc  d\n", 1), "a");
  EXPECT_EQ(word("  a bc  d\n", 3), "d");
  EXPECT_EQ(word("  a bc  d\n", 4), "");
  EXPECT_EQ(word("", 1), "");
}

TEST(TakeLine, CutsOffTheFirst) {
  std::string_view text = "a\n\nb";
  EXPECT_EQ(take_line(text), "a");
  EXPECT_EQ(take_line(text), "");
  EXPECT_EQ(take_line(text), "b");
  EXPECT_TRUE(text.empty());
}

}  // namespace
}  // namespace gosnoop::target
