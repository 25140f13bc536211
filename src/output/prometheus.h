// SPDX-License-Identifier: Apache-2.0
// What `gosnoop serve` exports: docs/metrics.md. Reports in, text out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyze/report.h"
#include "analyze/sliding.h"
#include "base/result.h"
#include "output/site_counters.h"

namespace gosnoop::output {

// One process, as last looked at.
struct ServedProcess {
  std::string container;  // "": none
  bool probed = false;
  analyze::Report report;                  // with all groups
  analyze::SlidingPipeline::Lives lives;   // since it is watched
  std::vector<analyze::LossCount> losses;  // likewise
  std::map<Site, Waits> blocking;          // SiteCounters::counters()
  std::uint64_t snapshots = 0;
  double snapshot_seconds = 0;
};

// gosnoop itself.
struct ServedExporter {
  std::string version;
  double interval_seconds = 0;
  double window_seconds = 0;
  double start_seconds = 0;  // CLOCK_REALTIME
  double look_seconds = 0;   // CLOCK_REALTIME of the last look
  double cpu_seconds = 0;    // used since start
  double resident_bytes = 0;
  double open_files = 0;
  std::uint64_t looks = 0;                      // at all processes
  double looking_seconds = 0;                   // that took
  std::uint64_t begun = 0;                      // processes watched since start
  std::uint64_t ended = 0;                      // of these
  std::uint64_t hidden = 0;                     // it cannot be told whether they are Go's
  std::map<ErrorCode, std::uint64_t> refused;   // Go's, but cannot be watched
  std::map<std::string, std::uint64_t> alerts;  // by kind
  std::map<std::string, std::uint64_t> hooks;   // runs by outcome
  std::map<std::string, std::uint64_t> dumps;   // by outcome
};

struct Served {
  ServedExporter exporter;
  std::vector<ServedProcess> processes;
  std::size_t top = 20;  // sites with labels of their own, per process and metric
};

// Format 0.0.4.
std::string metrics_text(const Served& served);

// By label: "no_permission", …
std::map<std::string, std::uint64_t> by_reason(const std::map<ErrorCode, std::uint64_t>& counts);

}  // namespace gosnoop::output
