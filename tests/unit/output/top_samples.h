// SPDX-License-Identifier: Apache-2.0
// A moment of the live view, made by hand.
#pragma once

#include "output/top_view.h"
#include "tests/unit/output/samples.h"

namespace gosnoop::output {

inline TopData top_sample() {
  TopData data;
  data.report = leaking_report();
  data.report.blocking = blocking_report().blocking;
  data.recent.seconds = 2;
  data.recent.created_per_second = 20.5;
  data.recent.exited_per_second = 0;
  for (const auto& group : data.report.leaks) {
    data.recent.groups.push_back(
        {group,
         group.start_function + std::to_string(group.count) + group.created_by.front().function,
         20.5, 0.5, 20.0});
  }
  data.recent.groups[2].growth_per_second.reset();
  data.recent.blocking = data.report.blocking;
  for (auto& hotspot : data.recent.blocking) hotspot.key = hotspot.wait_reason;
  data.recent.losses = data.report.losses;
  data.recent.probe_cost = data.report.probe_cost;
  data.cost = {0.0123, 64u << 20};
  data.wall_clock_ns = kSampleStart;
  return data;
}

}  // namespace gosnoop::output
