// SPDX-License-Identifier: Apache-2.0
#include "output/units.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>

namespace gosnoop::output {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;

// Three significant digits: 1.23, 12.3, 123.
std::string three_digits(double value) {
  if (value < 9.995) return fmt::format("{:.2f}", value);
  if (value < 99.95) return fmt::format("{:.1f}", value);
  return fmt::format("{:.0f}", value);
}

std::string minutes_and_more(std::uint64_t seconds) {
  const std::uint64_t minutes = seconds / 60;
  const std::uint64_t hours = minutes / 60;
  if (hours == 0) return fmt::format("{}m{:02}s", minutes, seconds % 60);
  if (hours < 48) return fmt::format("{}h{:02}m", hours, minutes % 60);
  return fmt::format("{}d{:02}h", hours / 24, hours % 24);
}

std::string format_time(std::uint64_t ns, bool utc, const char* format) {
  const auto seconds = static_cast<std::time_t>(ns / kNsPerSecond);
  std::tm parts{};
  if (utc) {
    gmtime_r(&seconds, &parts);
  } else {
    localtime_r(&seconds, &parts);
  }
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

}  // namespace

std::string thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string counted(std::uint64_t number, std::string_view what) {
  return fmt::format("{} {}{}", thousands(number), what, number == 1 ? "" : "s");
}

std::string duration(std::uint64_t ns) {
  if (ns < 1000) return fmt::format("{} ns", ns);
  double value = static_cast<double>(ns) / 1000;
  for (const char* unit : {"µs", "ms"}) {
    if (value < 999.5) return fmt::format("{} {}", three_digits(value), unit);
    value /= 1000;
  }
  if (value < 99.95) return fmt::format("{} s", three_digits(value));
  return minutes_and_more((ns + kNsPerSecond / 2) / kNsPerSecond);
}

std::string memory_size(std::uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  for (const char* unit : {"KiB", "MiB"}) {
    if (value < 1023.5) return fmt::format("{} {}", three_digits(value), unit);
    value /= 1024;
  }
  return fmt::format("{} GiB", three_digits(value));
}

std::string seconds(double seconds) {
  if (!(seconds > 0)) return "0.0 s";
  if (seconds < 99.95) return fmt::format("{:.1f} s", seconds);
  return minutes_and_more(static_cast<std::uint64_t>(std::llround(std::min(seconds, 1e15))));
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "0 %";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (part > 0 && share < 1) return "< 1 %";
  // Rounding never turns "nearly all" into "all".
  return fmt::format("{:.0f} %", part < whole ? std::min(share, 99.0) : share);
}

std::string connection_quality(std::optional<std::uint64_t> srtt_us,
                               std::optional<std::uint64_t> retransmits) {
  std::string text;
  if (srtt_us.value_or(0) != 0) text += fmt::format(", round trip {}", duration(*srtt_us * 1000));
  const std::uint64_t count = retransmits.value_or(0);
  if (count != 0) text += ", " + counted(count, "retransmit");
  return text;
}

std::string rfc3339(std::uint64_t ns) {
  return format_time(ns, true, "%Y-%m-%dT%H:%M:%S") + fmt::format(".{:09}Z", ns % kNsPerSecond);
}

std::string local_date(std::uint64_t ns) { return format_time(ns, false, "%Y-%m-%d %H:%M:%S %Z"); }

std::string local_time(std::uint64_t ns) {
  return format_time(ns, false, "%H:%M:%S") + fmt::format(".{:06}", ns % kNsPerSecond / 1000);
}

std::string printable(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return result;
}

}  // namespace gosnoop::output
