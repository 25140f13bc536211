// SPDX-License-Identifier: Apache-2.0
// Uprobes on a function of gosnoop itself: does a hit run the program, and what does it take?
#pragma once

#include <cstdint>

#include "probe/trial.h"

namespace gosnoop::probe {

Trial try_perf_uprobe();
Trial try_own_uprobe_multi();

// What a hit of a uprobe takes that runs an empty program, in ns: a trap into the kernel and back,
// and the instruction emulated (`push %rbp`, as at most of our sites). 0: it could not be measured.
std::uint64_t measure_trap_ns();

}  // namespace gosnoop::probe
