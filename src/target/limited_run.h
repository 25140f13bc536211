// SPDX-License-Identifier: Apache-2.0
// A command that is run for its effect, and may hang, fail or write without end.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace gosnoop::target {

struct LimitedRun {
  enum class End { kExited, kKilled, kTimedOut, kStopped, kNotStarted };
  End end = End::kNotStarted;
  int status = 0;            // exit status, signal or errno
  std::string error_output;  // the first of what it wrote to standard error
};

// Runs `command` by /bin/sh in a process group of its own with `input` on standard input, until it
// ends, `limit` is over or the descriptor `stop` becomes readable; then the whole group is killed.
// Nothing it does harms the caller.
LimitedRun run_limited(const std::string& command, std::string_view input,
                       std::chrono::milliseconds limit, int stop);

}  // namespace gosnoop::target
