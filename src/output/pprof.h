// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "analyze/dump_groups.h"

namespace gosnoop::output {

// The goroutines of the groups as a profile for `go tool pprof`: content of a file as
// /debug/pprof/goroutine of net/http/pprof serves it, with the same sums. Goroutines of the runtime
// are left out.
std::string goroutine_profile(const snapshot::Dump& dump,
                              const std::vector<analyze::DumpGroup>& groups);

}  // namespace gosnoop::output
