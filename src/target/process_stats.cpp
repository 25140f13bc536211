// SPDX-License-Identifier: Apache-2.0
#include "target/process_stats.h"

#include <fmt/format.h>
#include <unistd.h>

#include <charconv>

#include "base/file.h"
#include "target/proc_text.h"

namespace gosnoop::target {
namespace {

// The number at the start of the text: "1234 kB".
std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end.ec != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

// Not the resident pages of /proc/PID/stat, which lag behind (proc_pid_stat(5)).
ProcessStats parse_stats(std::string_view status, std::string_view stat,
                         std::uint64_t ticks_per_second) {
  constexpr int kStartTime = 22;
  constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
  ProcessStats stats;
  stats.threads = number(status_field(status, "Threads"));
  if (auto kilobytes = number(status_field(status, "VmRSS"))) stats.rss_bytes = *kilobytes * 1024;
  if (auto ticks = number(stat_field(stat, kStartTime)); ticks && ticks_per_second > 0) {
    stats.start_ns = *ticks * (kNsPerSecond / ticks_per_second);
  }
  return stats;
}

ProcessStats read_stats(pid_t pid) {
  auto folder = fmt::format("/proc/{}", pid);
  long ticks = ::sysconf(_SC_CLK_TCK);
  return parse_stats(read_text_file(folder + "/status").value_or(""),
                     read_text_file(folder + "/stat").value_or(""),
                     ticks > 0 ? static_cast<std::uint64_t>(ticks) : 0);
}

std::optional<std::uint64_t> uptime_ns(const ProcessStats& stats, std::uint64_t now_ns) {
  if (!stats.start_ns) return std::nullopt;
  return now_ns > *stats.start_ns ? now_ns - *stats.start_ns : 0;
}

}  // namespace gosnoop::target
