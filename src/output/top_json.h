// SPDX-License-Identifier: Apache-2.0
// What the page of `gosnoop serve` shows, and what its hook is told: docs/metrics.md.
#pragma once

#include <string>

#include "analyze/watermarks.h"
#include "output/prometheus.h"

namespace gosnoop::output {

inline constexpr const char* kTopSchema = "gosnoop.top/1";
inline constexpr const char* kAlertSchema = "gosnoop.alert/1";

// All processes, each with at most served.top groups, hotspots and system calls; one line.
std::string top_json(const Served& served);

// An alert of one process. `dump_file`: the dump that was written for it; "": none. One line.
std::string alert_json(const analyze::Alert& alert, const ServedProcess& process,
                       const std::string& dump_file, std::uint64_t wall_clock_ns);

}  // namespace gosnoop::output
