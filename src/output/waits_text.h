// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "snapshot/dump.h"

namespace gosnoop::output {

// What a goroutine waits for, in a few words: "chan 0xc00001c060 (unbuffered; 3 receivers wait)".
// "" where it is unknown. `now_ns`: CLOCK_MONOTONIC when the dump was taken.
std::string waits_text(const snapshot::WaitsFor& waits_for, std::uint64_t now_ns);

// What several things of a kind that are waited for have in common, in the plural: "channels",
// "tcp connections to 10.0.0.5:5432". "" where it is unknown.
std::string waits_in_common(const snapshot::WaitsFor& waits_for);

}  // namespace gosnoop::output
