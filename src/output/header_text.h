// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>

#include "analyze/report.h"
#include "output/text.h"

namespace gosnoop::output {

// What was observed and when, at what cost, and whatever limits what the report says: losses, a
// target that ended, goroutines that could not be read. Nothing to say, no line.
void write_header(std::ostream& out, const analyze::Report& report, const TextOptions& options);
// Why the window ended, where it was not because the time was up: "the target exited".
std::string end_text(event::EndReason reason);
// "at least 161 created, 0 exited"
std::string came_and_went(const analyze::Report& report);
// How many goroutines there are, came and went.
void write_counts(std::ostream& out, const analyze::Report& report);

}  // namespace gosnoop::output
