// SPDX-License-Identifier: Apache-2.0
// Cumulative events: each counts since the window's start and replaces the one before of its key.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "event/event.h"

namespace gosnoop::event {

using TotalsKey = std::array<std::uint64_t, 4>;

// Equal for two where the later replaces the earlier; nothing for an event that is not cumulative.
std::optional<TotalsKey> totals_key(const Event& event);

// What `now` counts beyond `before`, of the same key: as if its window had begun then. The longest
// of these is not known where an earlier one was longer; it is then at most what the histogram
// says. Which goroutines made a system call cannot be taken apart and stays as it is.
Event since(const Event& now, const Event& before);

}  // namespace gosnoop::event
