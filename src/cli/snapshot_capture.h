// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "cli/live_target.h"
#include "cli/options.h"
#include "cli/stop.h"
#include "event/wire.h"
#include "snapshot/table.h"
#include "symbol/symbolizer.h"

namespace gosnoop::cli {

// A window on a live target, seen through snapshots of its goroutine table: one as the window
// begins, one as it ends, and more in between. What else watches the target derives from it.
// Whoever watches one target calls run(); whoever watches several calls start(), then for each in
// turn look(), at last finish().
class SnapshotCapture {
 public:
  using Clock = std::chrono::steady_clock;  // CLOCK_MONOTONIC, as bpf_ktime_get_ns

  struct Pace {
    std::chrono::milliseconds tick;      // how often collect() is called
    std::chrono::nanoseconds snapshots;  // from one to the next, at least
  };

  // The arguments taken by reference must outlive it.
  SnapshotCapture(const LiveTarget& target, const LiveOptions& options, Pace pace,
                  snapshot::Table table, RecordSink& sink);
  virtual ~SnapshotCapture() = default;

  // Sends records until the duration is over, `stop` is raised or the target ends; returns which.
  // `begun` is called once the first snapshot is taken.
  Result<event::EndReason> run(StopSignal& stop, const std::function<Result<void>()>& begun);

  // The window begins: takes the first snapshot.
  Result<void> start();
  // Sends what has come since, and a snapshot where one is due; never waits. Says why the window
  // is over, or kComplete while it goes on.
  Result<event::EndReason> look();
  // Sends all there is as of now: events, totals and a snapshot, whether they are due or not.
  Result<void> update();
  // The window ends for this reason: takes the last snapshot, and everything off the target.
  Result<void> finish(event::EndReason reason);
  // A window begins within the window, for whoever listens from now on: sends target, window start
  // and a snapshot, and from now on all symbols and stacks anew.
  Result<void> start_again();
  Clock::time_point next_snapshot() const { return next_snapshot_; }

  // How many snapshots were taken, and the time that took.
  int snapshots() const { return snapshots_; }
  Clock::duration snapshot_time() const { return snapshot_time_; }

 protected:
  virtual void begin() {}                            // the window begins now
  virtual Result<void> collect() { return {}; }      // sends the events that have come
  virtual Result<void> end() { return {}; }          // the window ends: sends the last of them
  virtual void look_while_stalled() {}               // the reader of what is sent stalls
  virtual Result<void> send_totals() { return {}; }  // of all events so far
  virtual Result<void> forget_sent() { return {}; }  // names and stacks: they are sent again
  virtual std::uint64_t lost() const { return 0; }   // events so far that a snapshot makes up for
  virtual snapshot::ParkedSince parked_since() const { return {}; }
  virtual event::EndReason target_end() const;  // kComplete: it runs on

  const LiveTarget& target() const { return target_; }
  const snapshot::Table& table() const { return table_; }
  RecordSink& sink() { return sink_; }
  bool time_is_up() const;

 private:
  Result<event::EndReason> watch(StopSignal& stop);
  Result<void> begin_window();
  Result<void> put(const event::Event& event) { return sink_.on_record(event::encode(event)); }
  bool snapshot_is_due() const;
  Result<void> take_snapshot();
  Result<void> send_sockets();
  Result<void> refresh_totals(Clock::time_point now);

  const LiveTarget& target_;
  const LiveOptions& options_;
  Pace pace_;
  snapshot::Table table_;
  symbol::Symbolizer sink_;
  Clock::time_point begin_;
  Clock::time_point next_snapshot_;
  Clock::time_point next_repair_;
  Clock::time_point next_totals_;
  Clock::time_point next_sockets_;
  std::uint64_t lost_ = 0;  // before the last snapshot
  int snapshots_ = 0;
  Clock::duration snapshot_time_{};
};

}  // namespace gosnoop::cli
