// SPDX-License-Identifier: Apache-2.0
#include "cli/halt.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gosnoop::cli {
namespace {

using target::Process;

// A child that waits to be ended.
class HaltTest : public testing::Test {
 protected:
  HaltTest() : pid_(::fork()) {
    while (pid_ == 0) ::pause();
  }
  ~HaltTest() override {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

  void send(int signal, int wait_options) const {
    ASSERT_EQ(::kill(pid_, signal), 0);
    ASSERT_EQ(::waitpid(pid_, nullptr, wait_options), pid_);
  }
  std::string note() const { return halt_note(Process::open(pid_).value()); }

  pid_t pid_;
};

TEST_F(HaltTest, OneThatRunsIsNotMentioned) { EXPECT_EQ(note(), ""); }

TEST_F(HaltTest, OneThatIsStoppedIsUntilItGoesOn) {
  send(SIGSTOP, WUNTRACED);
  const auto pid = std::to_string(pid_);
  EXPECT_EQ(note(), "pid " + pid +
                        " is stopped by a signal: nothing happens in it until it goes on (kill "
                        "-CONT " +
                        pid + ")");
  send(SIGCONT, WCONTINUED);
  EXPECT_EQ(note(), "");
}

TEST_F(HaltTest, OneThatGosnoopHoldsItselfIsNot) {
  ASSERT_EQ(::ptrace(PTRACE_ATTACH, pid_, nullptr, nullptr), 0);
  ASSERT_EQ(::waitpid(pid_, nullptr, 0), pid_);
  const auto around = target::read_surroundings(Process::open(pid_).value());
  EXPECT_EQ(around.tracer, ::getpid());
  EXPECT_TRUE(around.stopped);
  EXPECT_EQ(note(), "");
}

TEST_F(HaltTest, OneThatAnotherHoldsIs) {
  target::Surroundings around;
  around.tracer = 1;
  around.stopped = true;
  const auto halt = find_halt(Process::open(pid_).value(), around);
  ASSERT_TRUE(halt);
  EXPECT_EQ(halt->what, "traced by pid 1 (a debugger?)");
  EXPECT_EQ(halt->next_step, "detach the debugger");
}

}  // namespace
}  // namespace gosnoop::cli
