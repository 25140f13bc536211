// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "output/stack_profile.h"

namespace gosnoop::output {

// What a flame graph shows of a sample, outermost first: without the runtime's frames at both ends,
// with the wait reason, the system call or the function that is started at the inner end; what
// waits for work stands apart, below a frame that says so.
std::vector<std::string> flame_path(const StackSample& sample);

// A line a stack, "main.main main.go:12;main.work main.go:31;[chan receive] 1200": for
// flamegraph.pl, inferno, speedscope.
void write_folded(std::ostream& out, const StackProfile& profile);

}  // namespace gosnoop::output
