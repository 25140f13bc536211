// SPDX-License-Identifier: Apache-2.0
// What the doctor finds in a process. It reads, and sets no probe.
#pragma once

#include <sys/types.h>

#include "analyze/diagnosis.h"

namespace gosnoop::cli {

// Adds the checks and the probe sites of the process to the diagnosis; whatever the process is or
// becomes, its state is told in checks.
// `may_probe`: the machine lets probes be set, so that they can be rehearsed.
void examine(pid_t pid, bool may_probe, analyze::Diagnosis& diagnosis);

}  // namespace gosnoop::cli
