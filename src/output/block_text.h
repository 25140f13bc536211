// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "analyze/report.h"
#include "output/text.h"

namespace gosnoop::output {

// One line: where this program waits longest.
void write_block_answer(std::ostream& out, const analyze::Report& report,
                        const TextOptions& options);
// A table of the hotspots, then the stack and the wakers of each.
void write_hotspots(std::ostream& out, const analyze::Report& report, const TextOptions& options);

}  // namespace gosnoop::output
