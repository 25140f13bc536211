// SPDX-License-Identifier: Apache-2.0
#include "analyze/peers.h"

#include <algorithm>

namespace gosnoop::analyze {

void Peers::add(const event::GoSocket& socket, std::uint64_t waited_ns) {
  Tally& tally = peers_[socket.peer];
  ++tally.count;
  tally.longest_ns = std::max(tally.longest_ns, waited_ns);
  if (!socket.measured) return;
  tally.srtt_us = std::max<std::uint64_t>(tally.srtt_us, socket.srtt_us);
  tally.retransmits[socket.fd] = socket.retransmits;
}

void Peers::add(const Peers& other) {
  for (const auto& [peer, from] : other.peers_) {
    Tally& to = peers_[peer];
    to.count += from.count;
    to.longest_ns = std::max(to.longest_ns, from.longest_ns);
    to.srtt_us = std::max(to.srtt_us, from.srtt_us);
    to.retransmits.insert(from.retransmits.begin(), from.retransmits.end());
  }
}

std::vector<PeerNow> Peers::list() const {
  std::vector<PeerNow> list;
  list.reserve(peers_.size());
  for (const auto& [peer, tally] : peers_) {
    PeerNow now{peer, tally.count, tally.longest_ns, {}, {}};
    if (!tally.retransmits.empty()) {
      now.srtt_us = tally.srtt_us;
      now.retransmits = 0;
    }
    for (const auto& [fd, retransmits] : tally.retransmits) *now.retransmits += retransmits;
    list.push_back(std::move(now));
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const PeerNow& a, const PeerNow& b) { return a.count > b.count; });
  return list;
}

}  // namespace gosnoop::analyze
