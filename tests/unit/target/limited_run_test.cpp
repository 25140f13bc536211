// SPDX-License-Identifier: Apache-2.0
#include "target/limited_run.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/eventfd.h>

#include "base/fd.h"

namespace gosnoop::target {
namespace {

using End = LimitedRun::End;
using namespace std::chrono_literals;

constexpr auto kLong = 60s;

LimitedRun run(const std::string& command, std::string_view input = "",
               std::chrono::milliseconds limit = kLong, bool stopped = false) {
  Fd stop(::eventfd(stopped ? 1 : 0, EFD_CLOEXEC));
  return run_limited(command, input, limit, stop.get());
}

TEST(LimitedRun, TellsHowItEnded) {
  EXPECT_EQ(run("exit 0").end, End::kExited);
  auto failed = run("echo sorry >&2; exit 3");
  EXPECT_EQ(failed.end, End::kExited);
  EXPECT_EQ(failed.status, 3);
  EXPECT_EQ(failed.error_output, "sorry\n");
  auto killed = run("kill -9 $$");
  EXPECT_EQ(killed.end, End::kKilled);
  EXPECT_EQ(killed.status, SIGKILL);
}

TEST(LimitedRun, GivesItTheWholeInput) {
  const std::string input(300'000, 'x');
  EXPECT_EQ(run("test $(wc -c) = 300000", input).status, 0);
}

TEST(LimitedRun, ItNeedNotReadItsInput) {
  const std::string input(300'000, 'x');
  EXPECT_EQ(run("exec <&-; exit 5", input).status, 5);
}

TEST(LimitedRun, IsKilledAtItsLimit) {
  EXPECT_EQ(run("sleep 1000", "", 50ms).end, End::kTimedOut);
  EXPECT_EQ(run("trap '' TERM INT HUP; while true; do :; done", "", 50ms).end, End::kTimedOut);
}

TEST(LimitedRun, IsKilledAtTheStop) {
  EXPECT_EQ(run("sleep 1000", "", kLong, true).end, End::kStopped);
}

TEST(LimitedRun, MayWriteWithoutEnd) {
  auto flood = run("yes & yes >&2", "", 200ms);
  EXPECT_EQ(flood.end, End::kTimedOut);
  EXPECT_LE(flood.error_output.size(), 1024u);
}

// As a process that serves blocks and ignores signals for itself.
TEST(LimitedRun, ItHasTheSignalsOfAShell) {
  sigset_t term, before;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &term, &before);
  auto ended = run("kill -TERM $$; exit 7");
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  EXPECT_EQ(ended.end, End::kKilled);
  EXPECT_EQ(ended.status, SIGTERM);
}

TEST(LimitedRun, ItHasNoDescriptorsOfTheCaller) {
  Fd open(::eventfd(0, 0));  // without CLOEXEC
  EXPECT_EQ(run("test -e /proc/$$/fd/" + std::to_string(open.get())).status, 1);
}

}  // namespace
}  // namespace gosnoop::target
