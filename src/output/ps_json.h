// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "snapshot/process_summary.h"

namespace gosnoop::output {

inline constexpr const char* kPsSchema = "gosnoop.ps/1";

// The list as one JSON document: docs/ps-schema.md.
void write_ps_json(std::ostream& out, const snapshot::ProcessList& list);

}  // namespace gosnoop::output
