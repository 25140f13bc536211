// SPDX-License-Identifier: Apache-2.0
#include "cli/snapshot_capture.h"

#include <algorithm>

#include "base/patient_write.h"
#include "base/time.h"

namespace gosnoop::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A snapshot costs gosnoop about 1 µs a goroutine, and the target nothing. It may take this share
// of gosnoop's time.
constexpr int kSnapshotShare = 20;
// Where events are lost all the time, the table is read no more often than this.
constexpr milliseconds kRepairInterval{250};
// So that a recording that is cut off has them too, however early.
constexpr seconds kTotalsFirst{1};
constexpr seconds kTotalsInterval{3};
constexpr seconds kSocketsInterval{3};

}  // namespace

SnapshotCapture::SnapshotCapture(const LiveTarget& target, const LiveOptions& options, Pace pace,
                                 snapshot::Table table, RecordSink& sink)
    : target_(target),
      options_(options),
      pace_(pace),
      table_(std::move(table)),
      sink_(target.binary, target.bias(), sink) {}

Result<event::EndReason> SnapshotCapture::run(StopSignal& stop,
                                              const std::function<Result<void>()>& begun) {
  const WhileStalled while_stalled([this] {
    look_while_stalled();
    return false;
  });
  TRY(start());
  TRY(begun());
  TRY_ASSIGN(auto reason, watch(stop));
  TRY(finish(reason));
  return reason;
}

// The first snapshot comes after begin(): a goroutine that is made or ends in between is told by an
// event too, never by none.
Result<void> SnapshotCapture::start() {
  TRY(put(describe(target_, options_)));
  begin();
  begin_ = Clock::now();
  return begin_window();
}

Result<void> SnapshotCapture::begin_window() {
  TRY(put(event::WindowStart{clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_REALTIME)}));
  return take_snapshot();
}

// What was sent before the window begins again is not for those who listen from then on; so it is
// forgotten only afterwards.
Result<void> SnapshotCapture::start_again() {
  TRY(collect());
  TRY(put(describe(target_, options_)));
  sink_.forget();
  table_.forget_sent();
  TRY(forget_sent());
  next_totals_ = {};
  return begin_window();
}

Result<event::EndReason> SnapshotCapture::look() {
  TRY(collect());
  if (auto end = target_end(); end != event::EndReason::kComplete) return end;
  if (snapshot_is_due()) TRY(take_snapshot());
  return event::EndReason::kComplete;
}

Result<void> SnapshotCapture::update() {
  TRY(collect());
  next_totals_ = {};
  return take_snapshot();
}

// Until the window is over; says why it is.
Result<event::EndReason> SnapshotCapture::watch(StopSignal& stop) {
  while (!stop.wait(pace_.tick) && !time_is_up()) {
    TRY_ASSIGN(auto end, look());
    if (end != event::EndReason::kComplete) return end;
  }
  return target_end();
}

Result<void> SnapshotCapture::finish(event::EndReason reason) {
  const bool runs_on =
      reason == event::EndReason::kComplete || reason == event::EndReason::kTooCostly;
  next_sockets_ = {};  // due
  if (runs_on) TRY(take_snapshot());
  auto ended = clock_ns(CLOCK_MONOTONIC);
  TRY(end());
  if (runs_on && lost() != lost_) {
    TRY(take_snapshot());
    ended = clock_ns(CLOCK_MONOTONIC);
  }
  TRY(send_totals());
  return put(event::WindowEnd{ended, reason});
}

event::EndReason SnapshotCapture::target_end() const {
  if (target_.process.same_program()) return event::EndReason::kComplete;
  return target_.process.execed() ? event::EndReason::kTargetExeced
                                  : event::EndReason::kTargetExited;
}

bool SnapshotCapture::time_is_up() const {
  return options_.duration_ns &&
         Clock::now() - begin_ >= std::chrono::nanoseconds(*options_.duration_ns);
}

bool SnapshotCapture::snapshot_is_due() const {
  auto now = Clock::now();
  return now >= next_snapshot_ || (now >= next_repair_ && lost() != lost_);
}

Result<void> SnapshotCapture::refresh_totals(Clock::time_point now) {
  if (now < next_totals_) return {};
  next_totals_ = now + std::clamp<Clock::duration>(now - begin_, kTotalsFirst, kTotalsInterval);
  return send_totals();
}

// A target that ends while it is read is no error of the capture: watch() sees it next.
Result<void> SnapshotCapture::take_snapshot() {
  auto before = Clock::now();
  TRY(refresh_totals(before));
  lost_ = lost();
  auto result = table_.send(sink_, parked_since());
  if (!result && target_.process.same_program()) return result;
  if (result) ++snapshots_;
  const auto took = Clock::now() - before;
  snapshot_time_ += took;
  Clock::duration spare = took * kSnapshotShare;
  next_snapshot_ = before + std::max<Clock::duration>(pace_.snapshots, spare);
  next_repair_ = before + std::max<Clock::duration>(kRepairInterval, spare);
  return result ? send_sockets() : Result<void>{};
}

// Whom those that wait for the network wait for. The sockets of the target's network namespace may
// be many.
Result<void> SnapshotCapture::send_sockets() {
  auto before = Clock::now();
  if (before < next_sockets_) return {};
  TRY(table_.send_sockets(sink_));
  Clock::duration spare = (Clock::now() - before) * kSnapshotShare;
  next_sockets_ = before + std::max<Clock::duration>(kSocketsInterval, spare);
  return {};
}

}  // namespace gosnoop::cli
