// SPDX-License-Identifier: Apache-2.0
#include "target/call_flags.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

namespace gosnoop::target {
namespace {

TEST(CallFlags, OfOpen) {
  EXPECT_EQ(flags_text("openat", "flags", O_RDONLY), "O_RDONLY");
  EXPECT_EQ(flags_text("openat", "flags", O_WRONLY | O_CREAT | O_CLOEXEC),
            "O_WRONLY|O_CREAT|O_CLOEXEC");
  EXPECT_EQ(flags_text("open", "flags", O_RDWR | O_SYNC), "O_RDWR|O_SYNC");
  EXPECT_EQ(flags_text("openat", "flags", O_TMPFILE | O_RDWR), "O_RDWR|O_TMPFILE");
  EXPECT_EQ(flags_text("openat", "flags", 1u << 30), "O_RDONLY|0x40000000");
}

TEST(CallFlags, OfSocket) {
  EXPECT_EQ(flags_text("socket", "family", AF_INET6), "AF_INET6");
  EXPECT_EQ(flags_text("socket", "family", 99), "99");
  EXPECT_EQ(flags_text("socket", "type", SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC),
            "SOCK_STREAM|SOCK_CLOEXEC|SOCK_NONBLOCK");
}

TEST(CallFlags, OfOthersNothing) {
  EXPECT_FALSE(flags_text("read", "flags", 1));
  EXPECT_FALSE(flags_text("openat", "mode", 0600));
}

}  // namespace
}  // namespace gosnoop::target
