// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"
#include "bpf/config.h"
#include "plan/plan.h"
#include "probe/handles.h"
#include "probe/session.h"

namespace gosnoop::probe {

// The BPF object, loaded into the kernel and nowhere attached: the programs that `plan` has sites
// for, and those of system calls and of connections, where `options` has them.
Result<Skeleton> load(const wire::probe_config& config, const plan::ProbePlan& plan,
                      const Options& options, bool uprobe_multi);

Result<Link> attach_tracepoint(bpf_program* program, std::string_view name);

}  // namespace gosnoop::probe
