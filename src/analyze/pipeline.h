// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "analyze/member_list.h"
#include "analyze/report.h"
#include "event/event.h"

namespace gosnoop::analyze {

using LossKey = std::pair<event::LossKind, std::uint16_t>;  // and the CPU
using Losses = std::map<LossKey, event::Loss>;

// Summed over CPUs; a kind that nothing was counted for is left out.
std::vector<LossCount> by_kind(const Losses& losses);

struct Options {
  bool all_groups = false;  // list groups with verdict ok too
  // … and those that have no members now, but had some that were created in the window.
  bool empty_groups = false;
  bool system_waits = false;  // list waits of the runtime's own goroutines too
};

// Events in, a Report out. No I/O, no clock: the time is that of the events. One event costs
// O(1); report() costs O(goroutines + stacks).
class Pipeline {
 public:
  explicit Pipeline(Options options = {});
  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

  void on(const event::Event& event);
  // The report so far; can be asked for at any time, also again.
  Report report() const;
  // The goroutines behind a line of the report, at most that many of them. Costs O(goroutines).
  MemberList members_of(const LeakGroup& group, std::size_t most) const;
  MemberList waiting_at(const Hotspot& hotspot, std::size_t most) const;
  // The report's, at less cost: O(goroutines).
  GoroutineCounts goroutines() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gosnoop::analyze
