// SPDX-License-Identifier: Apache-2.0
#include "cli/capture.h"

#include <chrono>

#include "base/time.h"
#include "event/wire.h"
#include "probe/session.h"
#include "snapshot/table.h"
#include "symbol/symbolizer.h"

namespace gosnoop::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;  // CLOCK_MONOTONIC, as bpf_ktime_get_ns

// The ring is drained this often: 16 MiB take a million events a second for 200 ms.
constexpr milliseconds kDrainInterval{20};
// A snapshot costs gosnoop about 1 µs a goroutine, and the target nothing. It may take this share
// of gosnoop's time.
constexpr milliseconds kSnapshotInterval{1000};
constexpr int kSnapshotShare = 20;
constexpr milliseconds kTotalsInterval{3000};

class Capture {
 public:
  Capture(const LiveTarget& target, plan::Purpose purpose, const LiveOptions& options,
          probe::Session session, snapshot::Table table, RecordSink& sink)
      : target_(target),
        purpose_(purpose),
        options_(options),
        session_(std::move(session)),
        table_(std::move(table)),
        sink_(target.binary, target.bias(), sink) {}

  Result<void> start() {
    TRY(put(describe(target_, options_.min_block_ns)));
    session_.activate();
    begin_ = steady_clock::now();
    TRY(put(event::WindowStart{clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_REALTIME)}));
    return take_snapshot();
  }

  // Until the window is over; says why it is.
  Result<event::EndReason> watch(StopSignal& stop) {
    while (!stop.wait(kDrainInterval) && !time_is_up()) {
      TRY(session_.drain(sink_));
      if (auto end = target_end(); end != event::EndReason::kComplete) return end;
      if (steady_clock::now() >= next_snapshot_) TRY(take_snapshot());
    }
    return target_end();
  }

  Result<void> finish(event::EndReason reason) {
    if (reason == event::EndReason::kComplete) TRY(take_snapshot());
    session_.deactivate();
    session_.detach();
    for (bool more = true; more;) {
      TRY_ASSIGN(more, session_.drain(sink_));
    }
    TRY(session_.send_totals(sink_));
    return put(event::WindowEnd{clock_ns(CLOCK_MONOTONIC), reason});
  }

 private:
  Result<void> put(const event::Event& event) { return sink_.on_record(event::encode(event)); }

  // kComplete: it runs on.
  event::EndReason target_end() const {
    if (session_.target_execed()) return event::EndReason::kTargetExeced;
    if (!target_.process.alive()) return event::EndReason::kTargetExited;
    return event::EndReason::kComplete;
  }

  bool time_is_up() const {
    return options_.duration_ns &&
           steady_clock::now() - begin_ >= std::chrono::nanoseconds(*options_.duration_ns);
  }

  // From the probes, where they watch blocks; else the table tells it from its own snapshots.
  snapshot::ParkedSince parked_since() const {
    if (purpose_ == plan::Purpose::kLives) return {};
    return [this](RuntimeAddress g) { return session_.parked_since(g); };
  }

  // A target that ends while it is read is no error of the capture: watch() sees it next.
  Result<void> take_snapshot() {
    auto before = steady_clock::now();
    if (before >= next_totals_) {  // so that a recording that is cut off has them too
      TRY(session_.send_totals(sink_));
      next_totals_ = before + kTotalsInterval;
    }
    auto result = table_.send(sink_, parked_since());
    if (!result && target_.process.same_program()) return result;
    auto took = steady_clock::now() - before;
    next_snapshot_ =
        before + std::max<steady_clock::duration>(kSnapshotInterval, took * kSnapshotShare);
    return {};
  }

  const LiveTarget& target_;
  plan::Purpose purpose_;
  const LiveOptions& options_;
  probe::Session session_;
  snapshot::Table table_;
  symbol::Symbolizer sink_;
  steady_clock::time_point begin_;
  steady_clock::time_point next_snapshot_;
  steady_clock::time_point next_totals_;
};

}  // namespace

Result<void> capture(const LiveTarget& target, const plan::ProbePlan& plan,
                     const LiveOptions& options, StopSignal& stop, RecordSink& sink,
                     const std::function<Result<void>()>& attached) {
  TRY_ASSIGN(auto features, probe::detect_features());
  TRY_ASSIGN(auto table, snapshot::Table::open(target.process, target.binary));
  TRY(table.check_layout());
  probe::Options probe_options;
  probe_options.min_block_ns = options.min_block_ns;
  probe_options.ring_bytes = options.ring_bytes;
  TRY_ASSIGN(probe_options.expected_goroutines, table.capacity());
  TRY_ASSIGN(auto session, probe::Session::attach(target.process, target.file.path(), target.binary,
                                                  plan, features, probe_options));
  Capture run(target, plan.purpose, options, std::move(session), std::move(table), sink);
  TRY(run.start());
  TRY(attached());
  TRY_ASSIGN(auto reason, run.watch(stop));
  return run.finish(reason);
}

}  // namespace gosnoop::cli
