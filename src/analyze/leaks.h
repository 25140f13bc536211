// SPDX-License-Identifier: Apache-2.0
// Groups the ledger's goroutines by where they were created, and says which groups leak.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyze/goroutines.h"
#include "analyze/names.h"
#include "analyze/report.h"
#include "analyze/verdict.h"

namespace gosnoop::analyze {

// So many goroutines of one origin are worth a word, though they do not grow.
inline constexpr std::uint64_t kCrowd = 1000;

struct Leaks {
  std::vector<LeakGroup> groups;
  std::optional<LeakGroup> crowd;  // the largest that is fine, if it has kCrowd members
};

// Leaking groups by growth, then suspects by count; with `all_groups` those that are fine too, with
// `empty_groups` also those whose members have all ended.
Leaks find_leaks(const Ledger& ledger, const Names& names, const Conditions& conditions,
                 bool all_groups, bool empty_groups = false);

}  // namespace gosnoop::analyze
