// SPDX-License-Identifier: Apache-2.0
#include "output/dump_text.h"

#include <gtest/gtest.h>

#include "dump_samples.h"
#include "golden.h"

namespace gosnoop::output {
namespace {

std::string text(const Dump& dump, const TextOptions& options = {}) {
  use_utc();
  std::ostringstream out;
  write_dump(out, dump, user_groups(dump), options);
  return out.str();
}

TEST(DumpText, Golden) { expect_golden("dump.txt", text(sample_dump())); }

TEST(DumpText, GoldenWithFullPathsAndColour) {
  expect_golden("dump_colour.txt", text(sample_dump(), {.color = true, .full_paths = true}));
}

TEST(DumpText, ManyWaitsByWhatTheyHaveInCommon) {
  DumpBuilder builder;
  const auto stack = builder.stack({});
  for (int i = 0; i < 1'200; ++i) {
    const std::string remote = i < 1'000 ? "10.0.0.5:5432" : "10.0.0.7:443";
    builder.parked(stack, analyze::kIoWait).waits_for =
        builder.waits(socket_wait(i, "10.0.0.1:" + std::to_string(i), remote, "ESTABLISHED"));
  }
  const std::string all = text(builder.dump());
  EXPECT_NE(
      all.find(
          "waits for 1,000 for 1,000 different tcp connections to 10.0.0.5:5432, round trip 80.2 "
          "ms, 1,000 retransmits\n"
          "            200 for 200 different tcp connections to 10.0.0.7:443, round trip 80.2 "
          "ms, 200 retransmits\n"),
      std::string::npos)
      << all;
}

TEST(DumpText, AChannelEach) {
  DumpBuilder builder;
  const auto stack = builder.stack({});
  for (std::uint64_t i = 0; i < 5; ++i) {
    builder.parked(stack, analyze::kReceive).waits_for =
        builder.waits(analyze::waits_for_channel(i));
  }
  EXPECT_NE(text(builder.dump()).find("\n  waits for 5 different channels\n"), std::string::npos);
}

TEST(DumpText, NoGoroutineAtAll) {
  EXPECT_NE(text(Dump{}).find("0 goroutines"), std::string::npos);
}

TEST(DumpText, OddValuesAreHarmlessLines) {
  const std::string odd = text(analyze::odd_dump());
  EXPECT_EQ(odd.find('\x1b'), std::string::npos);
  EXPECT_EQ(odd.find('\r'), std::string::npos);
  EXPECT_NE(odd.find("(stack not known)"), std::string::npos);
}

}  // namespace
}  // namespace gosnoop::output
