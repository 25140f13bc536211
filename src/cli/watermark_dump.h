// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "cli/live_target.h"
#include "cli/options.h"

namespace gosnoop::cli {

// The file name by a pattern: %p pid, %e program, %t time as 20261121T120304Z, %% a percent sign.
// What comes out of the target has no slashes.
std::string dump_file_name(const std::string& pattern, int pid, const std::string& exe,
                           std::uint64_t wall_clock_ns);

// Writes all goroutines of the target, and gives the path.
Result<std::string> write_watermark_dump(const LiveTarget& target, const DumpFileOptions& options);

}  // namespace gosnoop::cli
