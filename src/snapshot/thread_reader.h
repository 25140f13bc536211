// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "gobin/layout.h"
#include "snapshot/goroutine.h"
#include "target/memory.h"
#include "target/threads.h"

namespace gosnoop::snapshot {

// Tells the threads of goroutines. Made once for a dump.
class ThreadReader {
 public:
  // `memory` and `layout` must outlive the ThreadReader.
  ThreadReader(pid_t pid, const target::Memory& memory, const gobin::RuntimeLayout& layout)
      : memory_(memory), layout_(layout), threads_(target::Threads::read(pid)) {}

  // The tid of the thread that each runs on, is in a syscall on, or is locked to; 0: none.
  std::vector<std::int32_t> read(std::span<const Goroutine> batch) const;

 private:
  std::int32_t thread_of(const Goroutine& g, Bytes m) const;

  const target::Memory& memory_;
  const gobin::RuntimeLayout& layout_;
  target::Threads threads_;
};

}  // namespace gosnoop::snapshot
