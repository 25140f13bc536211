// SPDX-License-Identifier: Apache-2.0
#include "base/patient_write.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

namespace gosnoop {
namespace {

constexpr int kLookEveryMs = 100;
// What poll(2) says there is room for: PIPE_BUF in a pipe (pipe(7)), less in a terminal.
constexpr std::size_t kPipeRoom = PIPE_BUF;
constexpr std::size_t kTerminalRoom = 64;

std::vector<const std::function<bool()>*>& looks() {
  static std::vector<const std::function<bool()>*> all;
  return all;
}

// All of them look, whatever the others say.
bool given_up() {
  bool over = false;
  for (const auto* look : looks()) over = (*look)() || over;
  return over;
}

// 0 once there is room, or an errno.
int wait_for_room(int fd) {
  for (;;) {
    pollfd entry{fd, POLLOUT, 0};
    const int ready = ::poll(&entry, 1, kLookEveryMs);
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return errno;
    if (given_up()) return ETIMEDOUT;
  }
}

}  // namespace

WhileStalled::WhileStalled(std::function<bool()> look) : look_(std::move(look)) {
  looks().push_back(&look_);
}

WhileStalled::~WhileStalled() { std::erase(looks(), &look_); }

bool may_stall(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && !S_ISREG(info.st_mode);
}

std::string why_not_written(int os_error) {
  if (os_error == ENXIO) return "nobody reads it";
  if (os_error == ETIMEDOUT) return "its reader stalled, and was waited for no longer";
  return std::strerror(os_error);
}

int write_all(int fd, std::string_view data, bool stalls) {
  const std::size_t room = ::isatty(fd) != 0 ? kTerminalRoom : kPipeRoom;
  while (!data.empty()) {
    if (const int error = stalls ? wait_for_room(fd) : 0; error != 0) return error;
    const ssize_t written =
        ::write(fd, data.data(), stalls ? std::min(room, data.size()) : data.size());
    if (written < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

Fd open_for_writing(const std::string& path, int flags, mode_t mode) {
  Fd fd(::open(path.c_str(), flags | O_WRONLY | O_CLOEXEC | O_NONBLOCK, mode));
  if (fd) ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  return fd;
}

}  // namespace gosnoop
