// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "snapshot/dump.h"

namespace gosnoop::output {

// What a goroutine waits for, in a few words: "chan 0xc00001c060 (unbuffered; 3 receivers wait)".
// "" where it is unknown. `now_ns`: CLOCK_MONOTONIC when the dump was taken.
std::string waits_text(const snapshot::WaitsFor& waits_for, std::uint64_t now_ns);

}  // namespace gosnoop::output
