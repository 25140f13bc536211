// SPDX-License-Identifier: Apache-2.0
// Blocking by site as counters that never go back, of which there are few.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analyze/histogram.h"
#include "analyze/report.h"

namespace gosnoop::output {

inline constexpr const char* kOther = "other";  // the label of all sites without one of their own

struct Site {
  std::string function;  // kOther: the rest
  std::string location;  // "quote.go:38"
  std::string wait_reason;

  auto operator<=>(const Site&) const = default;
};

// Durations in ns.
struct Waits {
  analyze::Slots slots{};
  std::uint64_t count = 0;
  std::uint64_t total_ns = 0;
};

// The site of a hotspot.
Site site_of(const analyze::Hotspot& hotspot);

// What each site adds from one report to the next goes to its own counter, if it has one, else to
// that of the rest; so a site that gets a counter, or loses it, takes nothing from another. The
// sites with counters are the top ones by total time; one that has a counter loses it only to one
// with twice its time.
class SiteCounters {
 public:
  // `top`: how many have counters.
  explicit SiteCounters(std::size_t top) : top_(top) {}

  // Hotspots whose totals are those since the last report and all before.
  void update(const std::vector<analyze::Hotspot>& hotspots);

  // By site; the rest is one of the wait reason "", there once something went into it.
  const std::map<Site, Waits>& counters() const { return counters_; }

 private:
  void choose();
  void make_room_for(const Site& site, std::uint64_t total_ns);

  std::size_t top_;
  std::map<Site, Waits> seen_;      // as of the last report
  std::map<Site, Waits> counters_;  // those of the top, and the rest
};

}  // namespace gosnoop::output
