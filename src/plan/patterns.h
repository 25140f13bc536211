// SPDX-License-Identifier: Apache-2.0
// What the Go compiler's code looks like where gosnoop probes it. All of these look at decoded code
// only, and give a pointer into it, or nullptr where it has no such thing.
#pragma once

#include <vector>

#include "plan/instructions.h"

namespace gosnoop::plan {

// The jump (jbe) to where the stack is grown.
const Instruction* find_stack_check(const std::vector<Instruction>& prologue);

// A jump to the epilogue that every return passes: there AX holds the result already, since taking
// the jump leads to the return without writing AX. Proven, not guessed: the function has one
// return, and there is no other way into what lies behind the jump, and none back.
const Instruction* find_last_jump(const std::vector<Instruction>& code);

// Can the states that the call, of casgstatus, is given be waiting and runnable? The compiler may
// pass them by way of other registers; the BPF program looks at the values themselves.
bool may_wake(const std::vector<Instruction>& code, std::size_t call);

}  // namespace gosnoop::plan
