// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "analyze/dump_changes.h"
#include "output/text.h"

namespace gosnoop::output {

// A line for the whole, then one for each place with more or less goroutines than before, at most
// `top` that grew and as many that shrank without `all`.
void write_dump_changes(std::ostream& out, const analyze::DumpChanges& changes,
                        const TextOptions& options);

}  // namespace gosnoop::output
