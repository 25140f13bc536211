// SPDX-License-Identifier: Apache-2.0
// Writing to what may have a reader that stalls: a pipe to a pager, a terminal after Ctrl-S. A
// plain write(2) would wait for that reader whatever happens meanwhile.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace gosnoop {

// Has something done while a write waits, process-wide, as long as it lives: `look` is called some
// times a second, and returns whether to give up. Of one thread: the one that writes.
class WhileStalled {
 public:
  explicit WhileStalled(std::function<bool()> look);
  WhileStalled(const WhileStalled&) = delete;
  WhileStalled& operator=(const WhileStalled&) = delete;
  ~WhileStalled();

 private:
  std::function<bool()> look_;
};

// May a write to it wait for a reader? Not to a regular file.
bool may_stall(int fd);

// What an errno of the following means, for people: strerror(3) but for readers that are not there.
std::string why_not_written(int os_error);

// Writes all of it. Returns 0 or an errno: ENOSPC where nothing was written without one, ETIMEDOUT
// where it waited for a reader and was given up.
int write_all(int fd, std::string_view data, bool stalls);

// As open(2) to write, but a FIFO that nobody reads is an error (ENXIO), not waited for.
Fd open_for_writing(const std::string& path, int flags, mode_t mode);

}  // namespace gosnoop
