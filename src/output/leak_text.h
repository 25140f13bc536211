// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "analyze/report.h"
#include "output/text.h"

namespace gosnoop::output {

// Some group is not ok.
bool accuses(const analyze::Report& report);

// A line for each group that is not ok; where there is none, one that says so, with the counts.
void write_leak_answers(std::ostream& out, const analyze::Report& report,
                        const TextOptions& options);
// For each of these groups: why, counts, ages, where created, where parked.
void write_leak_evidence(std::ostream& out, const analyze::Report& report,
                         const TextOptions& options);

}  // namespace gosnoop::output
