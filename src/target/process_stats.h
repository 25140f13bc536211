// SPDX-License-Identifier: Apache-2.0
// What /proc says of a process to everybody, whoever owns it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gosnoop::target {

struct ProcessStats {
  std::optional<std::uint64_t> threads;
  std::optional<std::uint64_t> rss_bytes;
  std::optional<std::uint64_t> start_ns;  // CLOCK_BOOTTIME
};

// What cannot be read, as when it has ended, is left out.
ProcessStats read_stats(pid_t pid);

// From the texts of /proc/PID/status and /proc/PID/stat.
ProcessStats parse_stats(std::string_view status, std::string_view stat,
                         std::uint64_t ticks_per_second);

// Nanoseconds since its start; nothing where that is not known.
std::optional<std::uint64_t> uptime_ns(const ProcessStats& stats, std::uint64_t now_ns);

}  // namespace gosnoop::target
