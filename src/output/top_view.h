// SPDX-License-Identifier: Apache-2.0
// The live view of one process: what a moment's reports say, as a page.
#pragma once

#include <cstdint>

#include "analyze/member_list.h"
#include "analyze/recent.h"
#include "analyze/report.h"
#include "output/top_page.h"

namespace gosnoop::output {

// What watching costs, as far as it is counted.
struct TopCost {
  double cpu_share = 0;         // of one CPU, by gosnoop itself; 1: all of it
  std::uint64_t rss_bytes = 0;  // of gosnoop; 0: not known
};

std::string own_cost(const TopCost& cost);  // "gosnoop: 1.2 % CPU, 84.3 MiB"

struct TopData {
  analyze::Report report;  // since the start
  analyze::Recent recent;  // of the last seconds
  TopCost cost;
  std::uint64_t wall_clock_ns = 0;  // CLOCK_REALTIME of the report
  bool syscalls = false;            // they are watched
};

TopPage top_page(const TopData& data, const TopState& state);

// The order of the tables in that page, as far as they are there.
enum class TopSection { kGroups, kWaits, kSyscalls, kPeers };
std::vector<TopSection> top_sections(const TopData& data);

// What the selected row stands for; nullptr where the table with the focus is another, or it has no
// such row any more.
const analyze::GroupChange* selected_group(const TopData& data, const TopState& state);
const analyze::Hotspot* selected_wait(const TopData& data, const TopState& state);

// The page of the selected row: stacks, wakers, members. `members`: of a group or a waiting line.
std::vector<std::string> opened_text(const TopData& data, const TopState& state,
                                     const analyze::MemberList& members);

// Two lines for the end: what leaks, and where it waits.
std::vector<std::string> top_summary(const analyze::Report& report);

}  // namespace gosnoop::output
