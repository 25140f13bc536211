// SPDX-License-Identifier: Apache-2.0
// Where goroutines wait, how long, and who wakes them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyze/goroutines.h"
#include "analyze/names.h"
#include "analyze/report.h"
#include "analyze/verdict.h"
#include "event/event.h"

namespace gosnoop::analyze {

// Hotspot::key of those parked there. `place`: as the ledger has it, with a whole stack.
std::string hotspot_key(const Place& place, const Names& names);

class Blocking {
 public:
  void on(const event::BlockTotals& totals);
  void on(const event::GoBlock& block);
  void on(const event::WaitSocket& socket);

  // By total time, then by those that wait now. Waits of the runtime's own goroutines only where
  // `with_system`.
  std::vector<Hotspot> hotspots(const Ledger& ledger, const Names& names,
                                const Conditions& conditions, bool with_system) const;

 private:
  void note_peer(const event::GoBlock& block);

  struct Wake {
    Place place;
    event::Waker kind = event::Waker::kUnknown;
    event::StackHash waker_stack = 0;
    bool operator==(const Wake&) const = default;
  };
  struct HashOfWake {
    std::size_t operator()(const Wake& wake) const {
      auto kind = static_cast<std::uint64_t>(wake.kind);
      return HashOf::mix(HashOf{}(wake.place), wake.waker_stack + kind);
    }
  };

  std::unordered_map<Place, event::BlockTotals, HashOf> totals_;
  std::unordered_map<Wake, std::uint64_t, HashOfWake> wakes_;

  // By place and peer. The socket is told before the block that names it.
  std::unordered_map<std::uint32_t, std::string> peers_;  // by inode
  std::map<std::string, std::unordered_map<Place, PeerWaits, HashOf>> peer_waits_;
};

}  // namespace gosnoop::analyze
