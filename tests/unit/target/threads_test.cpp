// SPDX-License-Identifier: Apache-2.0
#include "target/threads.h"

#include <unistd.h>

#include "tests/unit/target/fake_proc.h"

namespace gosnoop::target {
namespace {

TEST(Threads, OfThisProcess) {
  const auto threads = Threads::read(::getpid());
  EXPECT_EQ(threads.find(::getpid()), ::getpid());
  EXPECT_EQ(threads.find(0), 0);
  EXPECT_EQ(threads.find(1 << 30), 0);
}

// proc(5): NSpid goes from the namespace of /proc to the innermost one.
TEST(Threads, InAPidNamespace) {
  FakeProc proc;
  proc.file("500/task/500/status", "Name:\tx\nPid:\t500\nNSpid:\t500\t1\nThreads:\t2\n");
  proc.file("500/task/507/status", "Name:\tx\nPid:\t507\nNSpid:\t507\t33\t8\n");
  const auto threads = Threads::read(500, proc.root());
  EXPECT_EQ(threads.find(1), 500);
  EXPECT_EQ(threads.find(8), 507);
  EXPECT_EQ(threads.find(33), 0);
  EXPECT_EQ(threads.find(507), 0);
}

TEST(Threads, OfNoProcess) {
  FakeProc proc;
  EXPECT_EQ(Threads::read(1, proc.root()).find(1), 0);
}

}  // namespace
}  // namespace gosnoop::target
