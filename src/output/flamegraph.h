// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <vector>

#include "analyze/report.h"
#include "output/stack_profile.h"

namespace gosnoop::output {

// A page with a flame graph a profile. `report`: that they were made of.
void write_flamegraph(std::ostream& out, const analyze::Report& report,
                      const std::vector<StackProfile>& profiles);

}  // namespace gosnoop::output
