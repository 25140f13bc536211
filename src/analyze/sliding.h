// SPDX-License-Identifier: Apache-2.0
// A process that is watched for as long as it runs, in memory that does not grow with that time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "analyze/pipeline.h"

namespace gosnoop::analyze {

// Reports of windows that overlap. A window begins with each WindowStart, which a Target and a new
// telling of all symbols, stacks and goroutines go with (cli::SnapshotCapture::start_again). Two
// are kept, and the report is the older one's: who starts one every five minutes always has five to
// ten minutes to judge growth by, and what the program did before that is forgotten.
//
// Totals that the kernel keeps (blocking, system calls, connections) are since the probes were set,
// whatever the window.
class SlidingPipeline {
 public:
  // Since the first window began.
  struct Lives {
    std::uint64_t created = 0;
    std::uint64_t exited = 0;
    bool exact = true;
  };

  explicit SlidingPipeline(Options options = {}) : options_(options) {}

  void on(const event::Event& event);

  // An empty one before the first window.
  Report report() const;
  // Never less than it was before.
  Lives lives();
  // Since the first window began; those of the report are the window's.
  std::vector<LossCount> losses() const { return by_kind(losses_); }

 private:
  struct Part {
    Pipeline pipeline;
    Losses losses_before;
    bool counted = false;  // the next two are known: its first snapshot has ended
    std::uint64_t created_before = 0;
    std::uint64_t exited_before = 0;
  };

  void begin(const event::WindowStart& start);
  void pass_on(const event::Loss& loss);
  void pass_on(const event::Event& event);
  void count();

  Options options_;
  event::Target target_;
  Losses losses_;  // the last of each
  std::deque<Part> parts_;
  Lives lives_;
};

}  // namespace gosnoop::analyze
