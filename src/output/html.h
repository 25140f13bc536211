// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <ostream>

#include "analyze/report.h"

namespace gosnoop::output {

// The report as a page for people: the answers first, then goroutines over time, flame graphs,
// hotspots, and system calls and connections where they were watched. At most `top` rows a table,
// and every group that is accused.
void write_html(std::ostream& out, const analyze::Report& report, std::size_t top);

}  // namespace gosnoop::output
