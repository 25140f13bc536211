// SPDX-License-Identifier: Apache-2.0
#include "target/spawn.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace gosnoop::target {
namespace {

// Of a child that never came to its command. The others are those of a shell for a command that
// cannot be run, or is not found.
constexpr int kCannotSwitch = 125;
constexpr int kCannotRun = 126;
constexpr int kNotFound = 127;

// The environment that sudo has set for root, as the user has it.
void set_environment(uid_t uid) {
  const passwd* user = ::getpwuid(uid);
  if (user == nullptr) return;
  ::setenv("HOME", user->pw_dir, 1);
  ::setenv("SHELL", *user->pw_shell != '\0' ? user->pw_shell : "/bin/sh", 1);
  for (const char* name : {"USER", "LOGNAME"}) ::setenv(name, user->pw_name, 1);
}

bool become_sudo_user() {
  const char* uid = std::getenv("SUDO_UID");
  const char* gid = std::getenv("SUDO_GID");
  const char* user = std::getenv("SUDO_USER");
  if (uid == nullptr || gid == nullptr || ::geteuid() != 0) return true;
  auto group = static_cast<gid_t>(std::strtoul(gid, nullptr, 10));
  auto owner = static_cast<uid_t>(std::strtoul(uid, nullptr, 10));
  set_environment(owner);
  if (user != nullptr && ::initgroups(user, group) != 0) return false;
  return ::setgid(group) == 0 && ::setuid(owner) == 0;
}

[[noreturn]] void run_child(const std::vector<std::string>& argv) {
  std::vector<char*> arguments;
  arguments.reserve(argv.size() + 1);
  for (const auto& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!become_sudo_user()) ::_exit(kCannotSwitch);
  ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(errno == ENOENT ? kNotFound : kCannotRun);
}

tl::unexpected<Error> cannot_run(const std::string& command, int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotSwitch) {
    return fail(ErrorCode::kNoPermission,
                fmt::format("{}: cannot be run as the user who called sudo (SUDO_UID={})", command,
                            std::getenv("SUDO_UID")),
                "give gosnoop the capabilities SETUID and SETGID, or unset SUDO_UID to run it as "
                "root");
  }
  bool missing = WIFEXITED(status) && WEXITSTATUS(status) == kNotFound;
  return fail(ErrorCode::kUsage,
              fmt::format("{}: {}", command, missing ? "no such program" : "cannot be run"),
              "give a program after --, as in: gosnoop run -- ./server -port 8080");
}

}  // namespace

Result<Child> Child::spawn(const std::vector<std::string>& argv) {
  pid_t pid = ::fork();
  if (pid < 0) {
    return fail(ErrorCode::kKernel, fmt::format("fork: {}", std::strerror(errno)),
                "free memory or raise the limit of processes (ulimit -u)", errno);
  }
  if (pid == 0) run_child(argv);
  int status = 0;
  // The kernel stops a PTRACE_TRACEME child with SIGTRAP when its execve is done (ptrace(2)).
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFSTOPPED(status)) return cannot_run(argv[0], status);
  return Child(pid);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), released_(other.released_) {}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(released_, other.released_);
  return *this;
}

Child::~Child() {
  if (pid_ > 0 && !released_) ::kill(pid_, SIGKILL);
}

Result<void> Child::release() {
  if (::ptrace(PTRACE_DETACH, pid_, nullptr, nullptr) != 0) {
    return fail(ErrorCode::kKernel, fmt::format("start pid {}: {}", pid_, std::strerror(errno)),
                "the program was ended before it could run", errno);
  }
  released_ = true;
  return {};
}

int Child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return 0;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace gosnoop::target
