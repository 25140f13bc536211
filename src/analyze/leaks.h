// SPDX-License-Identifier: Apache-2.0
// Groups the ledger's goroutines by where they were created, and says which groups leak.
#pragma once

#include <vector>

#include "analyze/goroutines.h"
#include "analyze/names.h"
#include "analyze/report.h"
#include "analyze/verdict.h"

namespace gosnoop::analyze {

// Leaking groups by growth, then suspects by count; with `all_groups` those that are fine too, with
// `empty_groups` also those whose members have all ended.
std::vector<LeakGroup> find_leaks(const Ledger& ledger, const Names& names,
                                  const Conditions& conditions, bool all_groups,
                                  bool empty_groups = false);

}  // namespace gosnoop::analyze
