// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "analyze/report.h"
#include "output/stack_profile.h"

namespace gosnoop::output {

// The profile as a file for `go tool pprof`, with its sums. Wait reasons and what else is known of
// a stack are labels. `report`: that it was made of.
void write_pprof(std::ostream& out, const analyze::Report& report, const StackProfile& profile);

}  // namespace gosnoop::output
