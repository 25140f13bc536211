// SPDX-License-Identifier: Apache-2.0
// Durations in powers of two: slot 0 holds 0 ns, slot i holds 2^(i-1) <= ns < 2^i.
#pragma once

#include <array>
#include <cstdint>

#include "event/event.h"

namespace gosnoop::analyze {

using Slots = std::array<std::uint64_t, event::kHistogramSlots>;

// The duration that `quantile` (0 … 1) of all durations do not exceed, interpolated within its slot
// and never above `max_ns`. 0 where there are none.
std::uint64_t quantile_ns(const Slots& slots, double quantile, std::uint64_t max_ns);

void add_slots(Slots& to, const Slots& slots);

}  // namespace gosnoop::analyze
