// SPDX-License-Identifier: Apache-2.0
// The Go processes that are watched together: found, looked after one by one in one thread, and
// dropped when they end.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "analyze/sliding.h"
#include "cli/live_target.h"
#include "cli/options.h"
#include "cli/sinks.h"
#include "cli/snapshot_capture.h"
#include "target/find.h"

namespace gosnoop::cli {

struct FleetOptions {
  std::optional<pid_t> pid;  // only this one, …
  std::optional<std::regex>
      match;  // … or those whose executable or command line matches; none: all
  // How each is watched: `probes`, `purpose`, `interval_ns`, … `pid` and `duration_ns` do not
  // count. One of several that cannot be probed is watched by snapshots; each whose probes take
  // more of it than `max_cost` is watched anew, by snapshots.
  LiveOptions live;
  std::uint64_t window_ns = 600'000'000'000;  // a report covers half of that to all of it
  analyze::Options analysis;
  // A line for people: who is watched, who ended, who cannot be watched and why.
  std::function<void(const std::string&)> say = [](const std::string&) {};
};

// A process that is watched.
class Watched {
 public:
  // Attaches, and takes the first snapshot.
  static Result<std::unique_ptr<Watched>> begin(LiveTarget target, const LiveOptions& options,
                                                const FleetOptions& fleet);
  ~Watched();

  const LiveTarget& target() const { return target_; }
  pid_t pid() const { return target_.process.pid(); }
  // Of the fleet's watched ones this is the how many-th; no other ever has the same. One whose
  // probes came off keeps it.
  std::uint64_t serial() const { return serial_; }
  // The first 12 digits of its container's id; "": none is seen.
  const std::string& container() const { return container_; }
  bool probed() const { return options_.probes; }

  // As of the last look. Costs O(goroutines + stacks).
  analyze::Report report() const { return pipeline_.report(); }
  // Since it is watched.
  analyze::SlidingPipeline::Lives lives() { return pipeline_.lives(); }
  std::vector<analyze::LossCount> losses() const { return pipeline_.losses(); }
  int snapshots() const { return capture_->snapshots(); }
  std::chrono::nanoseconds snapshot_time() const { return capture_->snapshot_time(); }

 private:
  friend class Fleet;
  using Clock = SnapshotCapture::Clock;

  Watched(LiveTarget target, const LiveOptions& options, const FleetOptions& fleet);
  Result<void> attach();
  Result<event::EndReason> look();
  Clock::time_point next() const;

  std::uint64_t serial_ = 0;
  LiveTarget target_;
  LiveOptions options_;
  std::string container_;
  analyze::SlidingPipeline pipeline_;
  Decoded<analyze::SlidingPipeline> sink_{pipeline_};
  std::unique_ptr<SnapshotCapture> capture_;
  Clock::duration half_window_;
  Clock::time_point next_window_;
};

class Fleet {
 public:
  using Clock = SnapshotCapture::Clock;

  // Processes that there were and are, beside those watched.
  struct Counts {
    std::uint64_t begun = 0;   // watched since the fleet began, those that ended included
    std::uint64_t ended = 0;   // of these
    std::uint64_t hidden = 0;  // now: it may not be told whether they are Go's
    std::map<ErrorCode, std::uint64_t> refused;  // now: Go processes that cannot be watched
  };

  // Looks for processes. With `pid` an Error where that one cannot be watched; else where /proc
  // cannot be read.
  static Result<Fleet> open(FleetOptions options);

  // Does what is due: looks for processes, takes snapshots, drains probes. What a process does is
  // never an Error: one that fails is dropped, and counted. An Error where /proc cannot be read.
  Result<void> work();
  // When there is something to do next.
  Clock::time_point next() const;

  // By pid. Valid until the next work().
  const std::vector<std::unique_ptr<Watched>>& watched() const { return watched_; }
  const Counts& counts() const { return counts_; }

 private:
  struct Refused {
    target::FileId executable;
    ErrorCode why = ErrorCode::kInternal;
  };

  explicit Fleet(FleetOptions options) : options_(std::move(options)) {}

  Result<void> find();
  void consider(const target::FoundProcess& found);
  bool is_go(const target::FoundProcess& found);
  bool is_wanted(pid_t pid) const;
  bool is_known(const target::FoundProcess& found) const;
  Result<std::unique_ptr<Watched>> begin(pid_t pid);
  Result<std::unique_ptr<Watched>> begin_without_probes(pid_t pid);
  Result<void> add(pid_t pid);
  void refuse(const target::FoundProcess& found, const Error& error);
  void forget_gone(const std::vector<target::FoundProcess>& found);
  void count(const std::vector<target::HiddenProcess>& hidden);
  void look_after_all();
  bool goes_on(std::unique_ptr<Watched>& watched);
  Result<event::EndReason> take_probes_off(std::unique_ptr<Watched>& watched);

  FleetOptions options_;
  std::vector<std::unique_ptr<Watched>> watched_;
  std::map<target::FileId, bool> go_files_;  // of the processes there are now
  std::map<pid_t, Refused> refused_;
  Counts counts_;
  Clock::time_point next_find_;
};

}  // namespace gosnoop::cli
