// SPDX-License-Identifier: Apache-2.0
#include "snapshot/counts.h"

#include <algorithm>
#include <span>

#include "snapshot/table.h"

namespace gosnoop::snapshot {

// No second look: what each g says of itself is one word, and none hangs on another's.
Result<Counts> Table::counts() {
  constexpr std::size_t kAtOnce = 16 * 1024;
  TRY_ASSIGN(auto pointers, read_pointers());
  Counts counts;
  for (std::span<const std::uint64_t> left = pointers; !left.empty();) {
    auto batch = left.first(std::min(kAtOnce, left.size()));
    left = left.subspan(batch.size());
    auto goroutines = read_goroutines(memory_, binary_.layout(), batch);
    if (goroutines.size() < batch.size()) return cannot_read();
    for (const auto& g : goroutines) count(g, counts);
  }
  return counts;
}

void Table::count(const Goroutine& g, Counts& counts) {
  if (!g.live()) return;
  bool system = is_system(g.start_pc);
  ++(system ? counts.system : counts.goroutines);
  if (!system && g.parked()) ++counts.waiting;
}

}  // namespace gosnoop::snapshot
