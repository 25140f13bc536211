// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <array>

#include "base/fd.h"

namespace gosnoop::cli {
namespace {

struct Counting final : RecordSink {
  Result<void> on_record(Bytes) override {
    ++records;
    return {};
  }
  int records = 0;
};

// What a Progress that never waits writes to `fd` while half of 1 MiB goes by; read from `from`.
std::string said(int fd, int from, Counting& sink) {
  const std::vector<std::byte> record(1 << 12);
  {
    Progress progress("reading x", 1 << 20, sink, fd, std::chrono::milliseconds(0));
    for (int i = 0; i < 128; ++i) EXPECT_TRUE(progress.on_record(record));
  }
  std::array<char, 4096> text{};
  ::fcntl(from, F_SETFL, O_NONBLOCK);
  auto size = ::read(from, text.data(), text.size());
  return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

TEST(Progress, IsSeenOnATerminalAndGoneAtTheEnd) {
  int master = -1, slave = -1;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  Fd owned_master(master), owned_slave(slave);
  Counting sink;
  auto text = said(slave, master, sink);
  EXPECT_NE(text.find("gosnoop: reading x, 0 %"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\033[K")) << text;
  EXPECT_EQ(sink.records, 128);
}

TEST(Progress, SaysNothingElsewhere) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  Counting sink;
  EXPECT_EQ(said(ends[1], ends[0], sink), "");
  EXPECT_EQ(sink.records, 128);
}

}  // namespace
}  // namespace gosnoop::cli
