// SPDX-License-Identifier: Apache-2.0
#include "target/spawn.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

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

// As sudo leaves it, for a user whose entry in passwd is another.
class UnderSudo : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root can switch to another user";
    user_ = ::getpwnam("nobody");
    ASSERT_NE(user_, nullptr);
    ::setenv("SUDO_UID", std::to_string(user_->pw_uid).c_str(), 1);
    ::setenv("SUDO_GID", std::to_string(user_->pw_gid).c_str(), 1);
    ::setenv("SUDO_USER", "nobody", 1);
  }
  void TearDown() override {
    for (const char* name : {"SUDO_UID", "SUDO_GID", "SUDO_USER"}) ::unsetenv(name);
  }
  int status_of(const std::string& script) {
    auto child = Child::spawn({"sh", "-c", script});
    if (!child || !child->release()) return -1;
    return child->wait();
  }
  const passwd* user_ = nullptr;
};

TEST_F(UnderSudo, RunsAsTheUserWhoCalled) {
  EXPECT_EQ(status_of("test $(id -u) = $SUDO_UID -a $(id -g) = $SUDO_GID"), 0);
}

TEST_F(UnderSudo, HasTheUsersEnvironment) {
  EXPECT_EQ(status_of("test $HOME = " + std::string(user_->pw_dir)), 0);
  EXPECT_EQ(status_of("test $SHELL = " + std::string(user_->pw_shell)), 0);
  EXPECT_EQ(status_of("test $USER = nobody -a $LOGNAME = nobody"), 0);
}

TEST_F(UnderSudo, SaysWhenItCannotSwitch) {
  ::setenv("SUDO_UID", "4294967295", 1);  // (uid_t)-1: setuid refuses it
  auto child = Child::spawn({"/bin/true"});
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, ErrorCode::kNoPermission);
  EXPECT_NE(child.error().message.find("SUDO_UID=4294967295"), std::string::npos);
  EXPECT_FALSE(child.error().hint.empty());
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
