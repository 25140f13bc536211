// SPDX-License-Identifier: Apache-2.0
#include "target/spawn.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include "target/process.h"

namespace gosnoop::target {
namespace {

TEST(Child, RunsAndGivesItsStatus) {
  auto child = Child::spawn({"/bin/true"});
  ASSERT_TRUE(child) << child.error().message;
  ASSERT_TRUE(child->release());
  EXPECT_EQ(child->wait(), 0);
}

TEST(Child, IsLookedUpInPathAndTakesArguments) {
  auto child = Child::spawn({"sh", "-c", "exit 7"});
  ASSERT_TRUE(child) << child.error().message;
  ASSERT_TRUE(child->release());
  EXPECT_EQ(child->wait(), 7);
}

TEST(Child, ThatASignalEnds) {
  auto child = Child::spawn({"sh", "-c", "kill -TERM $$"});
  ASSERT_TRUE(child) << child.error().message;
  ASSERT_TRUE(child->release());
  EXPECT_EQ(child->wait(), 128 + SIGTERM);
}

// It has been loaded, so that all is known about it, and has not run an instruction.
TEST(Child, WaitsUntilItIsReleased) {
  auto child = Child::spawn({"/bin/true"});
  ASSERT_TRUE(child) << child.error().message;
  auto process = Process::open(child->pid());
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_TRUE(process->exe().ends_with("/true")) << process->exe();
  EXPECT_TRUE(process->exe_start());
  EXPECT_TRUE(process->alive());
  ASSERT_TRUE(child->release());
  child->wait();
}

TEST(Child, EndsWithUsIfItNeverRan) {
  pid_t pid = 0;
  {
    auto child = Child::spawn({"sleep", "60"});
    ASSERT_TRUE(child) << child.error().message;
    pid = child->pid();
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status));
}

void expect_refused(const std::string& program, const std::string& why) {
  auto child = Child::spawn({program});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kUsage);
  EXPECT_EQ(child.error().message, program + ": " + why);
  EXPECT_FALSE(child.error().hint.empty());
}

TEST(Child, OfNoProgram) {
  expect_refused("/no/such/program", "no such program");
  expect_refused("no-such-program-in-path", "no such program");
}

TEST(Child, OfWhatIsNoProgram) {
  expect_refused("/", "cannot be run");
  expect_refused("/etc/passwd", "cannot be run");
}

}  // namespace
}  // namespace gosnoop::target
