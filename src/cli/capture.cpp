// SPDX-License-Identifier: Apache-2.0
#include "cli/capture.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "base/time.h"
#include "cli/call_namer.h"
#include "cli/snapshot_capture.h"
#include "probe/session.h"

namespace gosnoop::cli {
namespace {

using std::chrono::milliseconds;

// The ring is drained this often: 16 MiB take a million events a second for 200 ms.
constexpr milliseconds kDrainInterval{20};
constexpr milliseconds kSnapshotInterval{1000};
// Looking at a hundred thousand connections takes a second: it may take this share of the time.
constexpr int kLookShare = 20;
// Without probes there is nothing to drain, but a target may end.
constexpr milliseconds kTick{50};

// Snapshots, and events from probes.
class ProbedCapture final : public SnapshotCapture {
 public:
  ProbedCapture(const LiveTarget& target, plan::Purpose purpose, const LiveOptions& options,
                probe::Session session, snapshot::Table table, std::unique_ptr<CallNamer> named)
      : SnapshotCapture(target, options, {kDrainInterval, kSnapshotInterval}, std::move(table),
                        *named),
        named_(std::move(named)),
        purpose_(purpose),
        session_(std::move(session)) {}

 private:
  void begin() override {
    session_.activate();
    active_since_ns_ = clock_ns(CLOCK_MONOTONIC);
    note_older(session_.find_older_connections());
    note_uncapped(session_.can_measure_cost());
  }

  Result<void> collect() override {
    TRY(session_.drain(sink()));
    if (!off_) session_.measure_cost();
    return {};
  }

  Result<void> end() override {
    TRY(session_.send_calls_in_flight(sink()));
    TRY(table().send_older_calls(sink(), active_since_ns_,
                                 [this](pid_t tid) { return !session_.has_called(tid); }));
    TRY(session_.send_connections(sink()));
    ended_ = true;
    take_probes_off();
    for (bool more = true; more;) {
      TRY_ASSIGN(more, session_.drain(sink()));
    }
    return {};
  }

  // Who reads the output does not hold the target up: where the probes are due to come off they do,
  // and what the ring holds is written once it is read on.
  void look_while_stalled() override {
    if (off_) return;
    session_.measure_cost();
    if (time_is_up() || session_.too_costly()) take_probes_off();
  }

  void take_probes_off() {
    if (std::exchange(off_, true)) return;
    session_.deactivate();
    session_.detach();
  }

  Result<void> send_totals() override {
    auto before = Clock::now();
    if (!ended_ && before >= next_connections_) {
      TRY(session_.send_connections(sink()));
      next_connections_ = Clock::now() + (Clock::now() - before) * kLookShare;
    }
    return session_.send_totals(sink());
  }

  void note_uncapped(const Result<void>& measured) const {
    if (measured) return;
    fmt::print(stderr, "gosnoop: pid {}: {}, so nothing takes them off where they cost too much\n",
               target().process.pid(), measured.error().message);
  }

  // Those that begin now are followed all the same.
  void note_older(const Result<void>& found) const {
    if (found) return;
    fmt::print(stderr,
               "gosnoop: pid {}: connections older than the tracing are not known, nor the bytes "
               "and round trips of those that go on: {}\n",
               target().process.pid(), found.error().message);
  }

  Result<void> forget_sent() override {
    named_->forget();
    session_.forget_sent();
    return {};
  }

  std::uint64_t lost() const override { return session_.lost_lives(); }

  // From the probes, where they watch blocks; else the table tells it from its own snapshots.
  snapshot::ParkedSince parked_since() const override {
    if (purpose_ == plan::Purpose::kLives || purpose_ == plan::Purpose::kNone) return {};
    return [this](RuntimeAddress g) { return session_.parked_since(g); };
  }

  event::EndReason target_end() const override {
    if (session_.target_execed()) return event::EndReason::kTargetExeced;
    if (!target().process.alive()) return event::EndReason::kTargetExited;
    return session_.too_costly() ? event::EndReason::kTooCostly : event::EndReason::kComplete;
  }

  std::unique_ptr<CallNamer> named_;
  plan::Purpose purpose_;
  probe::Session session_;
  std::uint64_t active_since_ns_ = 0;
  Clock::time_point next_connections_;
  bool ended_ = false;
  bool off_ = false;  // the probes are
};

Result<snapshot::Table> open_table(const LiveTarget& target) {
  TRY_ASSIGN(auto table, snapshot::Table::open(target.process, target.binary));
  TRY(table.check_layout());
  return table;
}

}  // namespace

Result<std::unique_ptr<SnapshotCapture>> open_capture(const LiveTarget& target,
                                                      const plan::ProbePlan& plan,
                                                      const LiveOptions& options,
                                                      RecordSink& sink) {
  TRY_ASSIGN(auto features, probe::detect_features());
  TRY_ASSIGN(auto table, open_table(target));
  probe::Options probe_options;
  probe_options.min_block_ns = options.min_block_ns;
  probe_options.ring_bytes = options.ring_bytes;
  probe_options.syscalls = options.syscalls;
  probe_options.min_syscall_ns = options.min_syscall_ns;
  probe_options.tcp = options.tcp;
  if (options.max_cost) {
    probe_options.max_cost = *options.max_cost;
    probe_options.must_measure_cost = true;
  }
  TRY_ASSIGN(probe_options.expected_goroutines, table.capacity());
  TRY_ASSIGN(auto session, probe::Session::attach(target.process, target.file.path(), target.binary,
                                                  plan, features, probe_options));
  auto named = std::make_unique<CallNamer>(target.process.pid(), sink);
  return std::make_unique<ProbedCapture>(target, plan.purpose, options, std::move(session),
                                         std::move(table), std::move(named));
}

Result<std::unique_ptr<SnapshotCapture>> open_snapshot_capture(const LiveTarget& target,
                                                               const LiveOptions& options,
                                                               RecordSink& sink) {
  TRY_ASSIGN(auto table, open_table(target));
  std::chrono::nanoseconds interval(options.interval_ns);
  return std::make_unique<SnapshotCapture>(target, options, SnapshotCapture::Pace{kTick, interval},
                                           std::move(table), sink);
}

Result<event::EndReason> capture(const LiveTarget& target, const plan::ProbePlan& plan,
                                 const LiveOptions& options, StopSignal& stop, RecordSink& sink,
                                 const std::function<Result<void>()>& attached) {
  TRY_ASSIGN(auto window, open_capture(target, plan, options, sink));
  return window->run(stop, attached);
}

Result<void> capture_snapshots(const LiveTarget& target, const LiveOptions& options,
                               StopSignal& stop, RecordSink& sink,
                               const std::function<Result<void>()>& begun) {
  TRY_ASSIGN(auto window, open_snapshot_capture(target, options, sink));
  TRY(window->run(stop, begun));
  if (window->snapshots() >= 2) return {};
  return fail(ErrorCode::kNoSuchProcess,
              fmt::format("pid {} ended before a second look at its goroutines: there is nothing "
                          "to compare",
                          target.process.pid()),
              "look more often (--interval 100ms), or from its first goroutine on: gosnoop run -- "
              "COMMAND");
}

}  // namespace gosnoop::cli
