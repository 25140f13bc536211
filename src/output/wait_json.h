// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "output/json_parts.h"
#include "snapshot/dump.h"

namespace gosnoop::output {

// {"kind":…, …details of that kind}; null for the unknown.
Json wait_json(const snapshot::Dump& dump, const snapshot::WaitsFor& wait);

}  // namespace gosnoop::output
