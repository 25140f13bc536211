// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace gosnoop::snapshot {

// How many goroutines a process has.
struct Counts {
  std::uint64_t goroutines = 0;  // as runtime.NumGoroutine: without the runtime's own
  std::uint64_t waiting = 0;     // of these: parked, for whatever reason; a system call is none
  std::uint64_t system = 0;      // the runtime's own
};

}  // namespace gosnoop::snapshot
