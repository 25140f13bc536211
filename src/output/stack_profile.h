// SPDX-License-Identifier: Apache-2.0
// A report as numbers on stacks: what profiles and flame graphs are made of.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "analyze/report.h"

namespace gosnoop::output {

// What is measured, in which unit: "goroutine" in "count".
struct SampleType {
  std::string type;
  std::string unit;
};

struct StackSample {
  symbol::Frames stack;  // innermost first; empty: not known
  std::vector<std::uint64_t> values;
  std::string reason;  // what is waited for; "": nothing
  std::string called;  // what the innermost frame calls or starts, of which no frame tells; ""
  bool idle = false;   // waits for work
  std::vector<std::pair<std::string, std::string>> labels;
};

struct StackProfile {
  std::string title;              // "Time waited"
  std::vector<SampleType> types;  // of a sample's values, in this order
  std::size_t shown = 0;          // which of them a flame graph shows
  std::vector<StackSample> samples;

  std::uint64_t sum(std::size_t value) const;
};

// Waits that began and ended in the window, by the stack that waits: contentions and delay, as Go's
// block profile has them.
StackProfile waits_profile(const analyze::Report& report);
// The goroutines at the end by where they are, as Go's goroutine profile has them. The report must
// list the groups that are ok, too.
StackProfile goroutines_profile(const analyze::Report& report);
// The same goroutines by the stack that created them.
StackProfile creations_profile(const analyze::Report& report);
// System calls by their callers: calls and time.
StackProfile syscalls_profile(const analyze::Report& report);
// TCP connections open at the end, by the stack that opened them.
StackProfile connections_profile(const analyze::Report& report);

}  // namespace gosnoop::output
