// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "snapshot/process_summary.h"

namespace gosnoop::output {

// A header and a line a process, in columns; "?" for what is not known, "-" where there is no
// container. A sentence where there is no process.
void write_ps(std::ostream& out, const snapshot::ProcessList& list, bool color);

}  // namespace gosnoop::output
