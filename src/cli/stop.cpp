// SPDX-License-Identifier: Apache-2.0
#include "cli/stop.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace gosnoop::cli {
namespace {

// Waits at most that long for a signal, and takes it off the queue, or it would end gosnoop once
// the signals are let through again.
bool take_signal(int fd, std::chrono::milliseconds most) {
  pollfd entry{fd, POLLIN, 0};
  if (::poll(&entry, 1, static_cast<int>(most.count())) <= 0) return false;
  signalfd_siginfo signal{};
  return ::read(fd, &signal, sizeof(signal)) == sizeof(signal);
}

}  // namespace

StopSignal::StopSignal(Fd fd, sigset_t before) : fd_(std::move(fd)), before_(before) {
  auto signalled = [fd = fd_.get()] { return take_signal(fd, std::chrono::milliseconds(0)); };
  while_stalled_ = std::make_unique<WhileStalled>(signalled);
}

Result<StopSignal> StopSignal::create(std::optional<int> extra) {
  sigset_t signals, before;
  ::sigemptyset(&signals);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaddset(&signals, signal);
  if (extra) ::sigaddset(&signals, *extra);
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  Fd fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return fail(
        ErrorCode::kInternal, std::string("signalfd: ") + std::strerror(errno),
        "free some file descriptors (ulimit -n), or report this with the output of `uname -r`",
        errno);
  }
  return StopSignal(std::move(fd), before);
}

StopSignal::StopSignal(StopSignal&& other) noexcept
    : fd_(std::move(other.fd_)),
      while_stalled_(std::move(other.while_stalled_)),
      before_(other.before_),
      stopped_(other.stopped_) {}

StopSignal::~StopSignal() {
  if (fd_) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool StopSignal::wait(std::chrono::milliseconds most) {
  stopped_ = stopped_ || take_signal(fd_.get(), most);
  return stopped_;
}

}  // namespace gosnoop::cli
