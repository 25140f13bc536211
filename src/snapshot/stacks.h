// SPDX-License-Identifier: Apache-2.0
// The stacks of many goroutines at once, as they lie in the target's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "snapshot/goroutine.h"
#include "snapshot/unwind.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

// As bpf/events.h defines it: a stack has one hash wherever it was walked.
event::StackHash hash_of(const Pcs& frames);

// One target's. Keeps its buffer and what it learned of frames from one batch to the next.
class Walker {
 public:
  // `bias`: runtime address minus link address. `binary` must outlive the Walker.
  Walker(const gobin::GoBinary& binary, std::uint64_t bias) : shapes_(binary, bias) {}

  // The stack of each goroutine that is not on a thread, up to `max_frames`; none for one that
  // runs: its registers are in the thread, and those in the g are old. In a syscall or in C, from
  // the call. A stack belongs to its goroutine only if that did not move meanwhile
  // (Goroutine::same_state).
  std::vector<CallStack> walk(const target::Memory& memory, std::span<const Goroutine> goroutines,
                              std::size_t max_frames);

 private:
  std::vector<target::Piece> read_windows(const target::Memory& memory,
                                          std::span<const Goroutine> goroutines);

  FrameShapes shapes_;
  std::vector<std::byte> buffer_;
};

}  // namespace gosnoop::snapshot
