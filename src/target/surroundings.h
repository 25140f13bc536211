// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

#include "target/process.h"

namespace gosnoop::target {

// What a process lives in, and what is done to it: nothing of it keeps gosnoop from its work.
struct Surroundings {
  enum class OnDisk {
    kSame,
    kDeleted,   // the executable's path leads nowhere
    kReplaced,  // it leads to another file
  } executable = OnDisk::kSame;
  bool other_pid_namespace = false;  // than gosnoop's
  std::string container;             // container_of()
  pid_t tracer = 0;                  // who holds it by ptrace; 0: nobody
  bool stopped = false;              // by a signal or a tracer
};

Surroundings read_surroundings(const Process& process);

}  // namespace gosnoop::target
