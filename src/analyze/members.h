// SPDX-License-Identifier: Apache-2.0
// The live members of one group, counted.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "analyze/goroutines.h"
#include "analyze/peers.h"
#include "analyze/verdict.h"

namespace gosnoop::analyze {

struct Members {
  Evidence evidence;
  std::unordered_map<std::uint32_t, std::uint64_t> parked;   // by place
  std::unordered_map<std::uint32_t, std::uint64_t> staying;  // by place
  std::unordered_map<std::uint32_t, Peers> peers;            // by place, as far as they are known
  std::vector<TimeNs> created;  // of each member; the window's start for those older
  std::uint64_t older = 0;      // of them

  std::uint64_t count() const { return created.size(); }
  // The place where most stay, else where most are parked; 0: none.
  std::uint32_t main_place() const;

  void add(const Goroutine& g, const Ledger& ledger, const Conditions& conditions);
  void add(const Members& other);
  // Takes over the members of `other` that are parked at `place`.
  void absorb(Members& other, std::uint32_t place);
};

// Of each group, by its index in the ledger, with the evidence complete.
std::vector<Members> count_members(const Ledger& ledger, const Conditions& conditions);

}  // namespace gosnoop::analyze
