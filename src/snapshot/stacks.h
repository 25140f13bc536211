// SPDX-License-Identifier: Apache-2.0
// The stacks of many goroutines at once, as they lie in the target's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "snapshot/goroutine.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

using Pcs = std::vector<std::uint64_t>;  // return addresses, innermost first

// As bpf/events.h defines it: a stack has one hash wherever it was walked.
event::StackHash hash_of(const Pcs& frames);

// The frames of each goroutine that is not on a thread; none for one that runs. As bpf/stack.bpf.h
// walks them, so that both give the same hash. In a syscall the saved registers are g.syscallpc
// and, from Go 1.23 on, g.syscallbp; before that its callers are not walked.
std::vector<Pcs> walk_stacks(const target::Memory& memory, std::span<const Goroutine> goroutines);

}  // namespace gosnoop::snapshot
