// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>

#include "cli/fleet.h"
#include "cli/frames.h"
#include "cli/options.h"
#include "cli/top_output.h"
#include "output/fleet_page.h"

namespace gosnoop::cli {

// The live view of all Go processes, from snapshots; one that is opened gets a ProcessView.
class FleetView {
 public:
  // An Error where /proc cannot be read.
  static Result<FleetView> begin(const LiveOptions& options);

  // Until the user ends it, or the duration is over.
  Result<void> run(StopSignal& stop, TopOutput& output);

 private:
  struct Before {
    std::uint64_t goroutines = 0;
    std::uint64_t created = 0;
    FramePace::Clock::time_point when;
  };

  FleetView(const LiveOptions& options, Fleet fleet);
  void look();
  output::TopProcess describe(Watched& watched);
  void set_rates(output::TopProcess& process, std::uint64_t created);
  bool time_is_up() const;
  // Says what the user wants then.
  Result<output::TopAction> open(pid_t pid, StopSignal& stop, TopOutput& output);

  LiveOptions options_;
  Fleet fleet_;
  FramePace pace_;
  FramePace::Clock::time_point began_ = FramePace::Clock::now();
  std::map<pid_t, Before> before_;
  output::TopFleet data_;
  output::TopState state_;
  output::TopPage page_;
};

}  // namespace gosnoop::cli
