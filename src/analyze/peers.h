// SPDX-License-Identifier: Apache-2.0
// Whom goroutines wait for.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyze/report.h"
#include "event/event.h"

namespace gosnoop::analyze {

class Peers {
 public:
  // One more goroutine. `waited_ns`: how long it has; 0: nobody knows.
  void add(const event::GoSocket& socket, std::uint64_t waited_ns = 0);
  void add(const Peers& other);

  // The most frequent first.
  std::vector<PeerNow> list() const;

 private:
  struct Tally {
    std::uint64_t count = 0;
    std::uint64_t longest_ns = 0;
    std::uint64_t srtt_us = 0;
    // By descriptor: a reader and a writer may wait for one connection.
    std::unordered_map<std::uint32_t, std::uint64_t> retransmits;
  };

  std::map<std::string, Tally> peers_;
};

}  // namespace gosnoop::analyze
