// SPDX-License-Identifier: Apache-2.0
#include "snapshot/history.h"

namespace gosnoop::snapshot {

std::uint64_t History::parked_since(const Goroutine& g, std::uint64_t now_ns) {
  auto [it, first] = entries_.try_emplace(g.goid);
  Entry& entry = it->second;
  if (!first && entry.tracking_seq != g.tracking_seq) entry.since = now_ns;
  entry.tracking_seq = g.tracking_seq;
  entry.seen = now_ns;
  return entry.since;
}

void History::forget_before(std::uint64_t begin_ns) {
  std::erase_if(entries_, [begin_ns](const auto& entry) { return entry.second.seen < begin_ns; });
}

}  // namespace gosnoop::snapshot
