// SPDX-License-Identifier: Apache-2.0
// A live run: everything that happens in the window goes to one sink.
#pragma once

#include <functional>
#include <memory>

#include "base/record_sink.h"
#include "base/result.h"
#include "cli/live_target.h"
#include "cli/options.h"
#include "cli/snapshot_capture.h"
#include "cli/stop.h"

namespace gosnoop::cli {

// Attaches to `target`, sends records to `sink` until the duration is over, `stop` is raised or the
// target ends, then takes all probes off. The records are complete in themselves: target, window,
// symbols, snapshots, events, totals and losses. `attached` is called once the probes are in and
// the window has begun. Returns why it ended.
Result<event::EndReason> capture(const LiveTarget& target, const plan::ProbePlan& plan,
                                 const LiveOptions& options, StopSignal& stop, RecordSink& sink,
                                 const std::function<Result<void>()>& attached);

// The same without any probe, from snapshots alone. An Error where the target ended before there
// were two to compare.
Result<void> capture_snapshots(const LiveTarget& target, const LiveOptions& options,
                               StopSignal& stop, RecordSink& sink,
                               const std::function<Result<void>()>& begun);

// Either of them to be looked after by the caller: it has not started yet. The arguments must
// outlive it, but for `plan`.
Result<std::unique_ptr<SnapshotCapture>> open_capture(const LiveTarget& target,
                                                      const plan::ProbePlan& plan,
                                                      const LiveOptions& options, RecordSink& sink);
Result<std::unique_ptr<SnapshotCapture>> open_snapshot_capture(const LiveTarget& target,
                                                               const LiveOptions& options,
                                                               RecordSink& sink);

}  // namespace gosnoop::cli
