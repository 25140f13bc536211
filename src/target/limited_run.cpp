// SPDX-License-Identifier: Apache-2.0
#include "target/limited_run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "base/fd.h"

namespace gosnoop::target {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kErrorOutputKept = 1024;

struct Pipe {
  Fd read, write;
};

std::optional<Pipe> open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void set_nonblocking(const Fd& fd) { ::fcntl(fd.get(), F_SETFL, O_NONBLOCK); }

// What posix_spawn(3) is to do; the signals are as a shell has them.
class Spawn {
 public:
  Spawn() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  Spawn(const Spawn&) = delete;
  Spawn& operator=(const Spawn&) = delete;
  ~Spawn() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  // An errno; 0: it runs. The sockets of clients are not its business: it gets three descriptors.
  int run(const std::string& command, const Fd& input, const Fd& errors, pid_t& pid) {
    ::posix_spawn_file_actions_adddup2(&actions_, input.get(), STDIN_FILENO);
    ::posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, errors.get(), STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    std::array<char*, 4> argv = {const_cast<char*>("sh"), const_cast<char*>("-c"),
                                 const_cast<char*>(command.c_str()), nullptr};
    return ::posix_spawn(&pid, "/bin/sh", &actions_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

class Running {
 public:
  Running(pid_t pid, Fd input, Fd errors, std::string_view text)
      : pid_(pid),
        pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))),
        input_(std::move(input)),
        errors_(std::move(errors)),
        text_(text) {
    set_nonblocking(input_);
    set_nonblocking(errors_);
  }

  LimitedRun watch(Clock::time_point until, int stop) {
    while (pidfd_) {
      std::array<pollfd, 4> fds = {{{stop, POLLIN, 0},
                                    {pidfd_.get(), POLLIN, 0},
                                    {input_ ? input_.get() : -1, POLLOUT, 0},
                                    {errors_ ? errors_.get() : -1, POLLIN, 0}}};
      auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
      if (left <= 0) return kill(LimitedRun::End::kTimedOut);
      ::poll(fds.data(), fds.size(), static_cast<int>(left));
      if (fds[2].revents != 0) write_some();
      if (fds[3].revents != 0) read_some();
      if (fds[1].revents != 0) return reap();
      if (fds[0].revents != 0) return kill(LimitedRun::End::kStopped);
    }
    return kill(LimitedRun::End::kNotStarted);
  }

 private:
  void write_some() {
    ssize_t written = ::write(input_.get(), text_.data(), text_.size());
    if (written > 0) text_.remove_prefix(static_cast<std::size_t>(written));
    if (text_.empty() || (written < 0 && errno != EAGAIN)) input_ = Fd();
  }

  void read_some() {
    std::array<char, 4096> buffer;
    ssize_t size = ::read(errors_.get(), buffer.data(), buffer.size());
    if (size == 0) errors_ = Fd();
    if (size <= 0) return;
    auto room = kErrorOutputKept - std::min(kErrorOutputKept, result_.error_output.size());
    result_.error_output.append(buffer.data(), std::min(room, static_cast<std::size_t>(size)));
  }

  // What it left behind in its group goes with it.
  LimitedRun reap() {
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    if (errors_) read_some();
    bool exited = WIFEXITED(status);
    result_.end = exited ? LimitedRun::End::kExited : LimitedRun::End::kKilled;
    result_.status = exited ? WEXITSTATUS(status) : WTERMSIG(status);
    return std::move(result_);
  }

  LimitedRun kill(LimitedRun::End end) {
    ::kill(-pid_, SIGKILL);
    auto result = reap();
    result.end = end;
    return result;
  }

  pid_t pid_;
  Fd pidfd_;
  Fd input_, errors_;
  std::string_view text_;
  LimitedRun result_;
};

// A command that reads nothing ends with a broken pipe: that is to be an errno, not a signal.
class NoSigpipe {
 public:
  NoSigpipe() {
    ::sigemptyset(&set_);
    ::sigaddset(&set_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    constexpr timespec kNow{};
    ::sigtimedwait(&set_, nullptr, &kNow);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_, before_;
};

}  // namespace

LimitedRun run_limited(const std::string& command, std::string_view input,
                       std::chrono::milliseconds limit, int stop) {
  auto until = Clock::now() + limit;
  auto in = open_pipe();
  auto errors = open_pipe();
  if (!in || !errors) return {LimitedRun::End::kNotStarted, errno, {}};
  const NoSigpipe guard;
  pid_t pid = -1;
  int error = Spawn().run(command, in->read, errors->write, pid);
  in->read = Fd();
  errors->write = Fd();
  if (error != 0) return {LimitedRun::End::kNotStarted, error, {}};
  return Running(pid, std::move(in->write), std::move(errors->read), input).watch(until, stop);
}

}  // namespace gosnoop::target
