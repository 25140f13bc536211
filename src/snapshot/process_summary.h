// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/counts.h"

namespace gosnoop::snapshot {

// A Go process in one line. Where something is not there, gosnoop does not know it.
struct ProcessSummary {
  pid_t pid = 0;
  std::string executable;  // its path as the process sees it
  std::string go_version;  // "go1.24.4"; "": unknown
  std::string module;      // path of the main package; "": unknown
  std::optional<Counts> goroutines;
  std::optional<std::uint64_t> threads;
  std::optional<std::uint64_t> rss_bytes;
  std::optional<std::uint64_t> uptime_ns;
  std::string container;    // the first 12 digits of its id; "": none is seen
  std::string why_unknown;  // why its goroutines are not known; "" where they are
};

// The Go processes of a machine.
struct ProcessList {
  std::vector<ProcessSummary> processes;  // most goroutines first, then those of unknown number
  std::uint64_t hidden = 0;               // beside them: it may not be told whether they are Go's
  bool needs_rights = false;              // with more rights gosnoop would know more
};

}  // namespace gosnoop::snapshot
