// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>

#include "cli/options.h"

namespace gosnoop::cli {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr std::array kTimes{Unit{"ns", 1},  Unit{"us", 1e3}, Unit{"ms", 1e6},
                            Unit{"s", 1e9}, Unit{"m", 60e9}, Unit{"h", 3600e9}};

std::optional<double> take_number(std::string_view& text) {
  double value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !std::isfinite(value) || value < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<double> take_time_unit(std::string_view& text) {
  auto size = text.find_first_of("0123456789.");
  auto name = text.substr(0, size);
  for (const auto& unit : kTimes) {
    if (unit.name != name) continue;
    text.remove_prefix(name.size());
    return unit.factor;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> to_integer(double value) {
  if (value >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

template <typename Integer>
std::optional<Integer> parse_integer(const std::string& text) {
  Integer value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<std::uint64_t> parse_duration(const std::string& text) {
  std::string_view rest = text;
  auto number = take_number(rest);
  if (number && rest.empty()) return to_integer(*number * 1e9);
  double total = 0;
  for (; number; number = take_number(rest)) {
    auto factor = take_time_unit(rest);
    if (!factor) return std::nullopt;
    total += *number * *factor;
    if (rest.empty()) return to_integer(total);
  }
  return std::nullopt;
}

std::optional<int> parse_pid(const std::string& text) {
  auto pid = parse_integer<int>(text);
  return pid && *pid > 0 ? pid : std::nullopt;
}

std::optional<double> parse_rate(const std::string& text) {
  std::string_view rest = text;
  auto number = take_number(rest);
  return number && rest.empty() && *number > 0 ? number : std::nullopt;
}

std::optional<double> parse_share(const std::string& text) {
  if (!text.ends_with('%')) return std::nullopt;
  auto percent = parse_rate(text.substr(0, text.size() - 1));
  if (!percent) return std::nullopt;
  return *percent / 100;
}

std::optional<std::size_t> parse_count(const std::string& text) {
  return parse_integer<std::size_t>(text);
}

std::optional<std::string> parse_file_name(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> parse_report_name(const std::string& text) {
  return text == "-" ? "" : parse_file_name(text);
}

std::optional<std::uint64_t> parse_interval(const std::string& text) {
  auto interval = parse_duration(text);
  constexpr std::uint64_t kLeast = 10'000'000;  // as often as it is worth
  return interval && *interval >= kLeast ? interval : std::nullopt;
}

std::optional<std::uint64_t> parse_size(const std::string& text) {
  std::string_view rest = text;
  auto number = take_number(rest);
  if (!number) return std::nullopt;
  if (rest.empty()) return to_integer(*number);
  constexpr std::array kSizes{Unit{"K", 1024.0}, Unit{"M", 1024.0 * 1024},
                              Unit{"G", 1024.0 * 1024 * 1024}};
  for (const auto& unit : kSizes) {
    if (rest == unit.name) return to_integer(*number * unit.factor);
  }
  return std::nullopt;
}

}  // namespace gosnoop::cli
