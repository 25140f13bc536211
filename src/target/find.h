// SPDX-License-Identifier: Apache-2.0
// The processes of this machine, as far as /proc shows them.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace gosnoop::target {

// Which file an executable is, whatever its name: many processes run the same one.
struct FileId {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  auto operator<=>(const FileId&) const = default;
};

struct FoundProcess {
  pid_t pid = 0;
  FileId executable;
};

// One whose executable this user may not look at.
struct HiddenProcess {
  pid_t pid = 0;
  std::string program;  // the first word of its command line, which it may have written itself
};

struct Processes {
  std::vector<FoundProcess> found;  // by ascending pid, both
  std::vector<HiddenProcess> hidden;
};

// All processes that have an executable: no kernel threads, no zombies. `proc`: where /proc is. An
// Error (kIo) where that cannot be listed.
Result<Processes> find_processes(const std::string& proc = "/proc");

}  // namespace gosnoop::target
