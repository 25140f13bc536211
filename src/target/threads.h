// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <unordered_map>

namespace gosnoop::target {

// The threads of a process at one moment.
class Threads {
 public:
  // `proc`: where procfs is mounted. None where it cannot be read.
  static Threads read(pid_t pid, const std::string& proc = "/proc");

  // The tid, as this process knows it, of the thread that calls itself `own_tid` (gettid(2)): these
  // differ where the target runs in a pid namespace of its own. 0 where there is no such thread.
  pid_t find(pid_t own_tid) const;

 private:
  std::unordered_map<pid_t, pid_t> by_own_;
};

}  // namespace gosnoop::target
