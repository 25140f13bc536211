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
  std::string container;             // the start of its id; "": none is seen
  pid_t tracer = 0;                  // who holds it by ptrace; 0: nobody
  bool stopped = false;              // by a signal or a tracer
};

Surroundings read_surroundings(const Process& process);

// The id of the container that a /proc/PID/cgroup names, its first 12 digits; "" for none.
std::string container_in(std::string_view cgroup);

}  // namespace gosnoop::target
