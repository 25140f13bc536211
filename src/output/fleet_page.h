// SPDX-License-Identifier: Apache-2.0
// The live view of all Go processes: a line each.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "output/top_view.h"

namespace gosnoop::output {

struct TopProcess {
  pid_t pid = 0;
  std::string program;
  std::string container;  // "": none is seen
  std::uint64_t goroutines = 0;
  std::uint64_t waiting = 0;
  std::optional<double> growth_per_second;   // none: it was looked at for the first time
  std::optional<double> created_per_second;  // the same
  std::size_t leaking = 0;                   // groups
  std::size_t suspect = 0;
  std::string worst;  // what the first of these says
  std::optional<std::uint64_t> rss_bytes;
};

struct TopFleet {
  std::vector<TopProcess> processes;
  std::uint64_t refused = 0;  // Go processes that cannot be looked at
  std::uint64_t hidden = 0;   // it may not be told whether they are Go's
  TopCost cost;
  std::uint64_t wall_clock_ns = 0;
};

TopPage fleet_page(const TopFleet& fleet, const TopState& state);

// The process of the selected row; nothing where there is none.
std::optional<pid_t> selected_process(const TopState& state);

}  // namespace gosnoop::output
