// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "gobin/go_binary.h"
#include "target/process.h"

namespace gosnoop::probe {

// Where the Go code of a process is not what its file has.
struct CodeChanges {
  std::vector<LinkAddress> probes;  // a breakpoint, or the call that an optimized uprobe is
  std::vector<LinkAddress> others;  // anything else: the program was patched
};

// Looks at all of the Go code. An Error where it cannot be read.
Result<CodeChanges> find_code_changes(const target::Process& process,
                                      const gobin::GoBinary& binary);

// The same, of two copies of the code at `address`.
CodeChanges compare_code(Bytes file, Bytes mapped, LinkAddress address);

}  // namespace gosnoop::probe
