// SPDX-License-Identifier: Apache-2.0
// Where threads are right now, without stopping them: the kernel copies a thread's registers and
// the top of its stack at a tick of its own clock (perf_event_open). No ptrace, no signal.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace gosnoop::target {

// A thread in its own code (not in the kernel) at one moment. Registers and stack belong together.
struct ThreadSample {
  pid_t tid = 0;
  std::uint64_t ip = 0;
  std::uint64_t sp = 0;
  std::vector<std::byte> stack;  // from sp upwards, up to kStackSample
};
inline constexpr std::uint16_t kStackSample = 32768;

// One sample of each thread, all taken at the same time. A thread that does not run within `limit`,
// or has ended, gives none. An Error (kNoPermission) where the kernel allows it for no thread.
Result<std::vector<ThreadSample>> sample_threads(std::span<const pid_t> tids,
                                                 std::chrono::milliseconds limit);

// The first sample in the records of a perf ring; its tid is not set. For sample_threads.
std::optional<ThreadSample> first_sample(Bytes records);

}  // namespace gosnoop::target
