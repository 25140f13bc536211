// SPDX-License-Identifier: Apache-2.0
#include "cli/stop.h"

#include <poll.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace gosnoop::cli {

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
    : fd_(std::move(other.fd_)), before_(other.before_), stopped_(other.stopped_) {}

StopSignal::~StopSignal() {
  if (fd_) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

bool StopSignal::wait(std::chrono::milliseconds most) {
  pollfd entry{fd_.get(), POLLIN, 0};
  if (stopped_ || ::poll(&entry, 1, static_cast<int>(most.count())) <= 0) return stopped_;
  // Taken off the queue, or it would end gosnoop once the signals are let through again.
  signalfd_siginfo signal{};
  stopped_ = ::read(fd_.get(), &signal, sizeof(signal)) == sizeof(signal);
  return stopped_;
}

}  // namespace gosnoop::cli
