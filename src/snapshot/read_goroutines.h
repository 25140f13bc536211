// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "gobin/layout.h"
#include "snapshot/goroutine.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

// The g's at these addresses, in the same order; one that cannot be read is left out. Go lays many
// of them side by side, so those within a page are read in one piece.
std::vector<Goroutine> read_goroutines(const target::Memory& memory,
                                       const gobin::RuntimeLayout& layout,
                                       std::span<const std::uint64_t> addresses);

}  // namespace gosnoop::snapshot
