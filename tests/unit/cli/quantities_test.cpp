// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cli/options.h"

namespace gosnoop::cli {
namespace {

TEST(ParseDuration, EveryUnit) {
  EXPECT_EQ(parse_duration("250ns"), 250u);
  EXPECT_EQ(parse_duration("3us"), 3'000u);
  EXPECT_EQ(parse_duration("500ms"), 500'000'000u);
  EXPECT_EQ(parse_duration("8s"), 8'000'000'000u);
  EXPECT_EQ(parse_duration("2m"), 120'000'000'000u);
  EXPECT_EQ(parse_duration("1h"), 3'600'000'000'000u);
}

TEST(ParseDuration, PartsAddUp) {
  EXPECT_EQ(parse_duration("1h30m"), 5'400'000'000'000u);
  EXPECT_EQ(parse_duration("1m0.5s"), 60'500'000'000u);
}

TEST(ParseDuration, ABareNumberIsSeconds) {
  EXPECT_EQ(parse_duration("10"), 10'000'000'000u);
  EXPECT_EQ(parse_duration("0.25"), 250'000'000u);
  EXPECT_EQ(parse_duration("0"), 0u);
  EXPECT_EQ(parse_duration("0s"), 0u);
}

TEST(ParseDuration, WhatIsNone) {
  for (const char* text : {"", "s", "ten", "-1s", "1x", "1ss", "1 s", " 1s", "1s ", "1s2", "0s2",
                           "1..5s", "nan", "inf", "1e300", "0x10s", "99999999999h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(ParseSize, EveryUnit) {
  EXPECT_EQ(parse_size("4096"), 4096u);
  EXPECT_EQ(parse_size("512K"), 512u << 10);
  EXPECT_EQ(parse_size("16M"), 16u << 20);
  EXPECT_EQ(parse_size("1G"), 1u << 30);
  EXPECT_EQ(parse_size("0.5M"), 512u << 10);
}

TEST(ParseSize, WhatIsNone) {
  for (const char* text : {"", "M", "-1M", "1T", "1MB", "1 M", "16m", "nan", "infG", "1e300"}) {
    EXPECT_FALSE(parse_size(text)) << text;
  }
}

}  // namespace
}  // namespace gosnoop::cli
