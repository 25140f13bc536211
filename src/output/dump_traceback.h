// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include "snapshot/dump.h"

namespace gosnoop::output {

// Goroutines one by one, in the form in which the Go runtime prints them (runtime.Stack, debug=2 of
// net/http/pprof), so that what reads that reads this: with the frames shown and left out that the
// Go version of the target shows and leaves out. Arguments are not known: "(...)". `members`:
// indices in Dump::members.
void write_tracebacks(std::ostream& out, const snapshot::Dump& dump,
                      const std::vector<std::uint32_t>& members, bool full_paths);

}  // namespace gosnoop::output
