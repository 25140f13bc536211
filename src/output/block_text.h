// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "analyze/report.h"
#include "output/text.h"

namespace gosnoop::output {

// One line: where this program waits longest.
void write_block_answer(std::ostream& out, const analyze::Report& report,
                        const TextOptions& options);
// A table of the hotspots, then the stack and the wakers of each.
void write_hotspots(std::ostream& out, const analyze::Report& report, const TextOptions& options);

// What it sums up to, its stack, its wakers and peers.
void write_hotspot(std::ostream& out, const analyze::Hotspot& hotspot, std::uint64_t min_block_ns,
                   const TextOptions& options);

struct WakerLine {
  std::string text;
  std::uint64_t count = 0;
};
// "the network poller": wakers that differ only farther out in their stacks are one line; most
// first.
std::vector<WakerLine> waker_lines(const std::vector<analyze::WakerCount>& wakers);

}  // namespace gosnoop::output
