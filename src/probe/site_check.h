// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "base/result.h"
#include "plan/plan.h"
#include "target/memory.h"
#include "target/process.h"

namespace gosnoop::probe {

inline constexpr std::byte kBreakpoint{0xcc};  // int3: what a uprobe puts over the first byte

// Refuses (kTargetMismatch) where what is mapped in the process at a site is not what the file has
// there: a probe would then break an instruction it does not know. `bias`: runtime address minus
// link address. Another tracer's breakpoint on the same instruction is fine.
Result<void> check_sites(const plan::ProbePlan& plan, const target::Process& process,
                         std::uint64_t bias);

}  // namespace gosnoop::probe
