// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

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

// All that comes until `from` ends, for a terminal with EIO (the kernel hands on what was written
// to one at a later time, but before that: drivers/tty/n_tty.c, n_tty_read).
std::string read_all(int from) {
  std::string all;
  std::array<char, 4096> text{};
  while (auto size = std::max<ssize_t>(::read(from, text.data(), text.size()), 0))
    all.append(text.data(), static_cast<std::size_t>(size));
  return all;
}

// What a Progress that never waits writes to `to` while half of 1 MiB goes by; read from `from`.
std::string said(Fd to, const Fd& from, Counting& sink) {
  const std::vector<std::byte> record(1 << 12);
  {
    Progress progress("reading x", 1 << 20, sink, to.get(), std::chrono::milliseconds(0));
    for (int i = 0; i < 128; ++i) EXPECT_TRUE(progress.on_record(record));
  }
  to = Fd();
  return read_all(from.get());
}

TEST(Progress, IsSeenOnATerminalAndGoneAtTheEnd) {
  int master = -1, slave = -1;
  ASSERT_EQ(::openpty(&master, &slave, nullptr, nullptr, nullptr), 0);
  Fd owned_master(master), owned_slave(slave);
  Counting sink;
  auto text = said(std::move(owned_slave), owned_master, sink);
  EXPECT_NE(text.find("gosnoop: reading x, 0 %"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("\r\033[K")) << text;
  EXPECT_EQ(sink.records, 128);
}

TEST(Progress, SaysNothingElsewhere) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd read_end(ends[0]), write_end(ends[1]);
  Counting sink;
  EXPECT_EQ(said(std::move(write_end), read_end, sink), "");
  EXPECT_EQ(sink.records, 128);
}

}  // namespace
}  // namespace gosnoop::cli
