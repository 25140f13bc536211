// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "analyze/diagnosis.h"

namespace gosnoop::output {

// A line a check, what follows from it and what to do beneath those that are not ok, the probe
// sites, and the verdict at the end.
void write_doctor(std::ostream& out, const analyze::Diagnosis& diagnosis, bool color);

}  // namespace gosnoop::output
