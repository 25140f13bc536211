// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace gosnoop::target {

// A child that gosnoop started and that has not run yet: its program is loaded, its first
// instruction is still to come. It is traced by ptrace until release().
class Child {
 public:
  // Starts `argv` (argv[0] is looked up in PATH). Under sudo the child runs as the user who called
  // it (SUDO_UID, SUDO_GID), not as root, with that user's HOME, SHELL, USER and LOGNAME.
  static Result<Child> spawn(const std::vector<std::string>& argv);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  // Kills the child if it was never released.
  ~Child();

  pid_t pid() const { return pid_; }
  // Lets it run; from now on it is a plain child.
  Result<void> release();
  // Its exit status as a shell has it (128 + signal), once it has ended; waits for that.
  int wait();

 private:
  explicit Child(pid_t pid) : pid_(pid) {}

  pid_t pid_ = -1;
  bool released_ = false;
};

}  // namespace gosnoop::target
