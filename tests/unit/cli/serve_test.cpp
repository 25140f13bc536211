// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cli/hook.h"
#include "cli/http_server.h"
#include "cli/options.h"
#include "cli/watermark_dump.h"

namespace gosnoop::cli {
namespace {

TEST(ListenAddress, IsAHostAndAPort) {
  auto text = [](const std::string& from) {
    auto address = parse_listen_address(from);
    return address ? address->host + " " + std::to_string(address->port) : "none";
  };
  EXPECT_EQ(text("127.0.0.1:9435"), "127.0.0.1 9435");
  EXPECT_EQ(text("[::1]:0"), "::1 0");
  EXPECT_EQ(text("localhost:65535"), "localhost 65535");
  EXPECT_EQ(text(":80"), "0.0.0.0 80");
  for (const char* wrong :
       {"", "9435", "127.0.0.1", "127.0.0.1:", "a:65536", "a:-1", "a:80x", "::1:80", "[]:80"}) {
    EXPECT_EQ(text(wrong), "none") << wrong;
  }
}

TEST(DumpFileName, ExpandsItsPattern) {
  constexpr std::uint64_t kTime = 1'795'262'584'000'000'000;
  EXPECT_EQ(dump_file_name("gosnoop-%e-%p-%t.txt", 42, "/usr/bin/api", kTime),
            "gosnoop-api-42-20261121T120304Z.txt");
  EXPECT_EQ(dump_file_name("%%p %x %", 42, "api", kTime), "%p %x %");
  EXPECT_EQ(dump_file_name("%e", 42, "/a/b/", kTime), "unknown");
}

TEST(Rate, IsANumberAboveZero) {
  EXPECT_EQ(parse_share("20%"), 0.2);
  for (const char* wrong : {"", "20", "%", "0%", "-1%", "x%"})
    EXPECT_FALSE(parse_share(wrong)) << wrong;
  EXPECT_EQ(parse_rate("2.5"), 2.5);
  for (const char* wrong : {"", "0", "-1", "1/s", "nan"}) EXPECT_FALSE(parse_rate(wrong)) << wrong;
}

TEST(Hook, DropsWhatItHasNoRoomFor) {
  auto hook = Hook::start("sleep 1000", std::chrono::hours(1), [](const auto&) {});
  ASSERT_TRUE(hook);
  for (int i = 0; i < 100; ++i) (*hook)->run("{}");
  EXPECT_GE((*hook)->outcomes()["dropped"], 100u - 16 - 1);
}

}  // namespace
}  // namespace gosnoop::cli
