// SPDX-License-Identifier: Apache-2.0
// Uprobes tried out for real, on a function of gosnoop itself: does a hit run the program?
#pragma once

#include "probe/trial.h"

namespace gosnoop::probe {

Trial try_perf_uprobe();
Trial try_own_uprobe_multi();

}  // namespace gosnoop::probe
