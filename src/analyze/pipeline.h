// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "analyze/report.h"
#include "event/event.h"

namespace gosnoop::analyze {

struct Options {
  bool all_groups = false;    // list groups with verdict ok too
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

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gosnoop::analyze
