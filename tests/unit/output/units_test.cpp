// SPDX-License-Identifier: Apache-2.0
#include "output/units.h"

#include <gtest/gtest.h>

#include "golden.h"

namespace gosnoop::output {
namespace {

TEST(MemorySize, ThreeDigits) {
  EXPECT_EQ(memory_size(0), "0 B");
  EXPECT_EQ(memory_size(1023), "1023 B");
  EXPECT_EQ(memory_size(1024), "1.00 KiB");
  EXPECT_EQ(memory_size(88'342'528), "84.2 MiB");
  EXPECT_EQ(memory_size(1'073'741'823), "1.00 GiB") << "not 1024 MiB";
  EXPECT_EQ(memory_size(5'368'709'120'000), "5000 GiB");
}

TEST(Units, Thousands) {
  EXPECT_EQ(thousands(0), "0");
  EXPECT_EQ(thousands(999), "999");
  EXPECT_EQ(thousands(1000), "1,000");
  EXPECT_EQ(thousands(1'204'332), "1,204,332");
  EXPECT_EQ(thousands(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Units, Counted) {
  EXPECT_EQ(counted(0, "call"), "0 calls");
  EXPECT_EQ(counted(1, "call"), "1 call");
  EXPECT_EQ(counted(1'204'332, "call"), "1,204,332 calls");
}

TEST(Units, DurationHasThreeDigits) {
  EXPECT_EQ(duration(0), "0 ns");
  EXPECT_EQ(duration(999), "999 ns");
  EXPECT_EQ(duration(1'000), "1.00 µs");
  EXPECT_EQ(duration(12'340), "12.3 µs");
  EXPECT_EQ(duration(999'600), "1.00 ms");
  EXPECT_EQ(duration(123'400'000), "123 ms");
  EXPECT_EQ(duration(4'500'000'000), "4.50 s");
  EXPECT_EQ(duration(45'200'000'000), "45.2 s");
}

TEST(Units, LongDurations) {
  EXPECT_EQ(duration(100'000'000'000), "1m40s");
  EXPECT_EQ(duration(7'500'000'000'000), "2h05m");
  EXPECT_EQ(duration(360'000'000'000'000), "4d04h");
  EXPECT_NE(duration(UINT64_MAX), "");
}

TEST(Units, Seconds) {
  EXPECT_EQ(seconds(10), "10.0 s");
  EXPECT_EQ(seconds(-1), "0.0 s");
  EXPECT_EQ(seconds(750), "12m30s");
}

TEST(Units, PercentNeverRoundsToAllOrNothing) {
  EXPECT_EQ(percent(0, 0), "0 %");
  EXPECT_EQ(percent(0, 10), "0 %");
  EXPECT_EQ(percent(1, 1000), "< 1 %");
  EXPECT_EQ(percent(999, 1000), "99 %");
  EXPECT_EQ(percent(10, 10), "100 %");
}

TEST(Units, Times) {
  use_utc();
  constexpr std::uint64_t kTime = 1795262584'123456789;
  EXPECT_EQ(rfc3339(kTime), "2026-11-21T12:03:04.123456789Z");
  EXPECT_EQ(local_date(kTime), "2026-11-21 12:03:04 UTC");
  EXPECT_EQ(local_time(kTime), "12:03:04.123456");
}

TEST(Units, PrintableKeepsUtf8AndDropsControls) {
  EXPECT_EQ(printable("main.größe"), "main.größe");
  EXPECT_EQ(printable("a\x1b[31m\n\x7f"), "a?[31m??");
}

}  // namespace
}  // namespace gosnoop::output
