// SPDX-License-Identifier: Apache-2.0
#include "target/process.h"

#include <gtest/gtest.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <string>
#include <thread>

namespace gosnoop::target {
namespace {

std::string own_exe() {
  char path[PATH_MAX];
  auto size = ::readlink("/proc/self/exe", path, sizeof(path));
  return {path, size > 0 ? static_cast<std::size_t>(size) : 0};
}

// A child that waits for its end.
class Sleeper {
 public:
  Sleeper() : pid_(::fork()) {
    while (pid_ == 0) ::pause();
  }
  ~Sleeper() { end(); }
  Sleeper(const Sleeper&) = delete;
  Sleeper& operator=(const Sleeper&) = delete;

  pid_t pid() const { return pid_; }
  // Ends it; it stays a zombie.
  void kill_only() const {
    siginfo_t info;
    ::kill(pid_, SIGKILL);
    ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  pid_t pid_;
};

TEST(Process, KnowsItself) {
  auto process = Process::open(::getpid());
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_EQ(process->pid(), ::getpid());
  EXPECT_EQ(process->exe(), own_exe());
  EXPECT_TRUE(process->alive());
  EXPECT_TRUE(process->same_program());
}

TEST(Process, FindsWhereTheExecutableStarts) {
  auto process = Process::open(::getpid());
  ASSERT_TRUE(process);
  extern const ElfW(Ehdr) own_header __asm__("__ehdr_start");  // by the linker
  EXPECT_EQ(process->exe_start().value, reinterpret_cast<std::uint64_t>(&own_header));
}

TEST(Process, TheLinkOpensTheVeryFile) {
  auto process = Process::open(::getpid());
  ASSERT_TRUE(process);
  struct stat by_link {
  }, by_path{};
  ASSERT_EQ(::stat(process->exe_link().c_str(), &by_link), 0);
  ASSERT_EQ(::stat(own_exe().c_str(), &by_path), 0);
  EXPECT_EQ(by_link.st_ino, by_path.st_ino);
}

TEST(Process, IsNamedByItsPidNamespace) {
  auto process = Process::open(::getpid());
  ASSERT_TRUE(process);
  struct stat space {};
  ASSERT_EQ(::stat("/proc/self/ns/pid", &space), 0);
  EXPECT_EQ(process->namespaced().pid, ::getpid());
  EXPECT_EQ(process->namespaced().inode, space.st_ino);
  EXPECT_NE(process->namespaced().device, 0u);
}

void expect_no_process(pid_t pid) {
  auto process = Process::open(pid);
  ASSERT_FALSE(process) << pid;
  EXPECT_EQ(process.error().code, ErrorCode::kNoSuchProcess) << process.error().message;
  EXPECT_FALSE(process.error().hint.empty());
}

TEST(Process, ThatIsGone) {
  Sleeper child;
  auto pid = child.pid();
  child.end();
  expect_no_process(pid);
}

TEST(Process, ThatNeverWas) {
  expect_no_process(0);
  expect_no_process(-1);
  expect_no_process(INT_MAX);
}

TEST(Process, ThatIsAZombie) {
  Sleeper child;
  child.kill_only();
  expect_no_process(child.pid());
}

TEST(Process, ThatIsAKernelThread) {
  auto process = Process::open(2);  // kthreadd, where this is the first pid namespace
  ASSERT_FALSE(process);
  bool container = ::access("/proc/2/stat", F_OK) != 0;
  EXPECT_EQ(process.error().code, container ? ErrorCode::kNoSuchProcess : ErrorCode::kNotGo);
}

TEST(Process, SeesTheEnd) {
  Sleeper child;
  auto process = Process::open(child.pid());
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_TRUE(process->alive());
  child.kill_only();
  EXPECT_FALSE(process->alive());
  EXPECT_FALSE(process->same_program());
}

// execve keeps the pid, and everything known about the program is wrong then.
TEST(Process, SeesAnotherProgramInItsPlace) {
  int go[2];
  ASSERT_EQ(::pipe(go), 0);
  pid_t pid = ::fork();
  if (pid == 0) {
    char byte;
    if (::read(go[0], &byte, 1) == 1) ::execlp("sleep", "sleep", "60", nullptr);
    ::_exit(1);
  }
  auto process = Process::open(pid);
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_TRUE(process->same_program());
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  for (int i = 0; i < 500 && process->same_program(); ++i) ::usleep(10'000);
  EXPECT_FALSE(process->same_program());
  EXPECT_TRUE(process->execed());
  auto same = process->check_same_program();
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().code, ErrorCode::kTargetMismatch);
  EXPECT_TRUE(process->alive());
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  ::close(go[0]);
  ::close(go[1]);
}

// To give back much memory takes a while, in which the process has none but is there.
TEST(Process, ThatIsExitingDidNotExecute) {
  constexpr std::size_t kMuch = 512u << 20;
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  pid_t pid = ::fork();
  if (pid == 0) {
    void* memory = ::mmap(nullptr, kMuch, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory != MAP_FAILED && ::write(ready[1], "x", 1) == 1) ::pause();
    ::_exit(1);
  }
  char byte;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  auto process = Process::open(pid);
  ASSERT_TRUE(process) << process.error().message;
  ::kill(pid, SIGKILL);
  while (process->same_program()) continue;
  ASSERT_TRUE(process->alive()) << "it ended too quickly to be seen exiting";
  EXPECT_FALSE(process->execed());
  EXPECT_EQ(process->check_same_program().error().code, ErrorCode::kNoSuchProcess);
  ::waitpid(pid, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

// The pid of a new process that is number 1 in a pid namespace of its own; where that is not
// allowed, the errno. Its parent, which unshared, waits for it.
int start_in_namespace(pid_t& helper, pid_t& first) {
  int report[2];
  if (::pipe(report) != 0) return errno;
  helper = ::fork();
  if (helper == 0) {
    int failed =
        ::unshare(::geteuid() == 0 ? CLONE_NEWPID : CLONE_NEWUSER | CLONE_NEWPID) ? errno : 0;
    pid_t child = failed != 0 ? 0 : ::fork();
    while (failed == 0 && child == 0) ::pause();
    pid_t message[2] = {failed, child};
    if (::write(report[1], message, sizeof(message)) < 0) ::_exit(1);
    while (true) ::pause();
  }
  pid_t message[2] = {EIO, 0};
  if (::read(report[0], message, sizeof(message)) != sizeof(message)) message[0] = EIO;
  ::close(report[0]);
  ::close(report[1]);
  first = message[1];
  return message[0];
}

TEST(Process, InAPidNamespaceHasItsPidThere) {
  pid_t helper = 0, first = 0;
  int failed = start_in_namespace(helper, first);
  ASSERT_EQ(failed, 0) << "pid namespaces: " << std::strerror(failed);
  auto process = Process::open(first);
  ASSERT_TRUE(process) << process.error().message;
  EXPECT_EQ(process->pid(), first);
  EXPECT_EQ(process->namespaced().pid, 1);
  auto self = Process::open(::getpid());
  ASSERT_TRUE(self);
  EXPECT_NE(process->namespaced().inode, self->namespaced().inode);
  ::kill(first, SIGKILL);
  ::kill(helper, SIGKILL);
  ::waitpid(helper, nullptr, 0);
}

// The hint names the process, and does not say that there is none.
TEST(Process, ThatIsAThreadOfAnother) {
  std::atomic<pid_t> tid = 0;
  std::atomic<bool> done = false;
  std::thread thread([&] {
    tid = ::gettid();
    while (!done) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  });
  while (tid == 0) std::this_thread::yield();
  auto process = Process::open(tid);
  done = true;
  thread.join();
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().code, ErrorCode::kNoSuchProcess);
  EXPECT_NE(process.error().message.find("is a thread of process " + std::to_string(::getpid())),
            std::string::npos)
      << process.error().message;
  EXPECT_EQ(process.error().hint, "name the process: -p " + std::to_string(::getpid()));
}

}  // namespace
}  // namespace gosnoop::target
