// SPDX-License-Identifier: Apache-2.0
// The report for people: the answer in the first line, then the evidence.
#pragma once

#include <cstddef>
#include <ostream>

#include "analyze/report.h"

namespace gosnoop::output {

struct TextOptions {
  bool color = false;
  bool all = false;         // also groups that are ok, and every hotspot
  std::size_t top = 10;     // hotspots shown without `all`
  bool full_paths = false;  // files as the binary names them
};

void write_leaks(std::ostream& out, const analyze::Report& report, const TextOptions& options);
void write_block(std::ostream& out, const analyze::Report& report, const TextOptions& options);
void write_syscalls(std::ostream& out, const analyze::Report& report, const TextOptions& options);
void write_tcp(std::ostream& out, const analyze::Report& report, const TextOptions& options);
void write_both(std::ostream& out, const analyze::Report& report, const TextOptions& options);

}  // namespace gosnoop::output
