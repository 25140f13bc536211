// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>

#include "analyze/report.h"
#include "output/text.h"

namespace gosnoop::output {

// "3 goroutines", "65,536+ goroutines"
std::string callers_text(const analyze::SyscallUse& use);

// One line: which system call of goroutines takes longest.
void write_syscall_answer(std::ostream& out, const analyze::Report& report,
                          const TextOptions& options);
// A table like that of `strace -c`, the callers of each, and the calls that have not returned.
// Nothing where system calls were not watched.
void write_syscall_table(std::ostream& out, const analyze::Report& report,
                         const TextOptions& options);

}  // namespace gosnoop::output
