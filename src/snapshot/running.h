// SPDX-License-Identifier: Apache-2.0
// The stacks of goroutines that run. What their g holds of registers is old, so they come from
// their threads; nothing is stopped.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "base/result.h"
#include "gobin/go_binary.h"
#include "snapshot/goroutine.h"
#include "snapshot/unwind.h"
#include "target/process.h"
#include "target/thread_sample.h"

namespace gosnoop::snapshot {

// One stack for each goroutine, of a moment when it ran; empty where it stood still meanwhile, its
// thread was in the scheduler or in C, or was given no processor within 50 ms. The first pc is
// exact (symbol::PcKind). An Error where the kernel gives no samples at all.
Result<std::vector<CallStack>> stacks_of_running(const target::Process& process,
                                                 const gobin::GoBinary& binary,
                                                 std::span<const Goroutine> goroutines,
                                                 std::size_t max_frames);

// The stack in a sample of the thread that `g` runs on; empty if the sample is not of that
// goroutine.
CallStack unwind_sample(const target::ThreadSample& sample, const Goroutine& g, FrameShapes& shapes,
                        std::size_t max_frames);

}  // namespace gosnoop::snapshot
