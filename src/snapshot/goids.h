// SPDX-License-Identifier: Apache-2.0
// The runtime counts its goroutines: each new one takes the next id, and no id is taken twice.
#pragma once

#include <cstdint>
#include <optional>

#include "gobin/go_binary.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

// How many goroutine ids the runtime has given away since the process started, those of system
// goroutines too: proc.go, newproc1, Go 1.19 to 1.27. (With cgo also one a thread that C made:
// oneNewExtraM.) The difference of two is how many goroutines were created in between. Nothing
// where the binary does not show where that is kept, or memory is not as it should be. `bias`: what
// is added to link addresses in this process.
std::optional<std::uint64_t> given_goids(const target::Memory& memory,
                                         const gobin::GoBinary& binary, std::uint64_t bias);

}  // namespace gosnoop::snapshot
