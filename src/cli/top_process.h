// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "analyze/pipeline.h"
#include "cli/frames.h"
#include "cli/live_target.h"
#include "cli/options.h"
#include "cli/sinks.h"
#include "cli/snapshot_capture.h"
#include "cli/top_output.h"
#include "output/top_view.h"

namespace gosnoop::cli {

// The live view of one process. Everything runs in one thread: looking at 100,000 goroutines takes
// a fraction of what the ring has room for.
class ProcessView {
 public:
  // Attaches, and looks for the first time. With `can_return` there is a screen: what is to be
  // said is said there, not on stderr.
  static Result<std::unique_ptr<ProcessView>> begin(const LiveOptions& options, bool can_return);

  // Until the user ends it, the duration is over, or the target ends; then everything is off the
  // target. Says what the user wants: to quit, or to return.
  Result<output::TopAction> run(StopSignal& stop, TopOutput& output);

  // Of all the time, after run().
  const analyze::Report& report() const { return data_.report; }

 private:
  ProcessView(const LiveOptions& options, LiveTarget target, bool can_return);
  Result<void> attach();
  Result<output::TopAction> watch(StopSignal& stop, TopOutput& output);
  Result<void> look();
  void take_report();
  bool time_is_up() const;
  output::TopPage make_page() const;
  void write_report();

  LiveOptions options_;
  LiveTarget target_;
  bool can_return_;
  analyze::Pipeline pipeline_;
  Decoded<analyze::Pipeline> sink_{pipeline_};
  std::unique_ptr<SnapshotCapture> capture_;
  FramePace pace_;
  FramePace::Clock::time_point began_ = FramePace::Clock::now();
  event::EndReason end_ = event::EndReason::kComplete;
  output::TopData data_;
  bool has_earlier_ = false;  // data_.report is one to compare with
  output::TopState state_;
  output::TopPage page_;
};

}  // namespace gosnoop::cli
