// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "gobin/go_binary.h"
#include "snapshot/goroutine.h"
#include "snapshot/thread_reader.h"
#include "target/process.h"
#include "target/syscalls.h"

namespace gosnoop::snapshot {

struct ThreadCall {
  std::int32_t thread = 0;  // tid
  target::Call call;
};

// Tells the system calls of goroutines, from the target's memory and /proc.
class CallReader {
 public:
  // All must outlive the CallReader.
  CallReader(const target::Process& process, const gobin::GoBinary& binary,
             const ThreadReader& threads);

  // What each of the goroutines, all in status kSyscall, has called, in their order. Nothing where
  // its thread is in no call, or in one of the runtime.
  std::vector<std::optional<ThreadCall>> read(std::span<const Goroutine> goroutines) const;

 private:
  bool is_in(const target::Call& call, const Goroutine& g) const;

  const gobin::GoBinary& binary_;
  const ThreadReader& threads_;
  pid_t pid_;
  std::uint64_t bias_;
};

}  // namespace gosnoop::snapshot
