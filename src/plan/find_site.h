// SPDX-License-Identifier: Apache-2.0
// The cheapest instruction to probe for each shape of event. A uprobe on an instruction the kernel
// emulates (call, jumps: arch/x86/kernel/uprobes.c, branch_setup_xol_ops) traps once; on any other
// it traps twice and costs seven times as much.
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "gobin/go_binary.h"
#include "plan/plan.h"

namespace gosnoop::plan {

// Once per call of `function`, with its arguments still in registers.
Result<Site> entry_site(const gobin::GoBinary& binary, std::string_view function);

// Where `function` is about to return, with its result in AX.
Result<Site> return_site(const gobin::GoBinary& binary, std::string_view function);

// The one call of `callee` in `function`, with its arguments in registers.
Result<Site> call_site(const gobin::GoBinary& binary, std::string_view function,
                       std::string_view callee);

// Every call, in the whole runtime but the functions in `except`, of casgstatus with the constants
// _Gwaiting, _Grunnable.
std::vector<Site> wake_calls(const gobin::GoBinary& binary,
                             std::span<const std::string_view> except);

}  // namespace gosnoop::plan
