// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <vector>

#include "analyze/dump_groups.h"
#include "output/text.h"

namespace gosnoop::output {

// The dump for people: goroutines that are alike together, largest group first.
void write_dump(std::ostream& out, const snapshot::Dump& dump,
                const std::vector<analyze::DumpGroup>& groups, const TextOptions& options);

// "waiting", "running", …
std::string_view status_name(event::GoStatus status);

}  // namespace gosnoop::output
