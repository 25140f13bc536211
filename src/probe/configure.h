// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "bpf/config.h"
#include "gobin/go_binary.h"
#include "plan/plan.h"
#include "probe/session.h"
#include "target/process.h"

namespace gosnoop::probe {

// The constants the BPF programs are loaded with. An Error (kUnsupportedGo) where the layout lacks
// a field they need.
Result<wire::probe_config> make_config(const target::Process& process,
                                       const gobin::GoBinary& binary, const plan::ProbePlan& plan,
                                       const Options& options);

// One of no process, with everything switched on: for trying whether the programs load.
Result<wire::probe_config> make_trial_config();

// Do all fields lie within what the BPF programs read in one piece? An Error (kUnsupportedGo) names
// the first that does not.
Result<void> check_reach(const wire::go_layout& layout);

}  // namespace gosnoop::probe
