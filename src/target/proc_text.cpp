// SPDX-License-Identifier: Apache-2.0
#include "target/proc_text.h"

#include <unistd.h>

#include <algorithm>
#include <climits>

namespace gosnoop::target {
namespace {

std::string trimmed(std::string_view text) {
  auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
}

}  // namespace

std::string_view take_line(std::string_view& text) {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string_view word(std::string_view line, int number) {
  for (;; --number) {
    line.remove_prefix(std::min(line.find_first_not_of(" \n"), line.size()));
    auto size = std::min(line.find_first_of(" \n"), line.size());
    if (number == 1 || line.empty()) return line.substr(0, size);
    line.remove_prefix(size);
  }
}

std::string_view stat_field(std::string_view stat, int number) {
  constexpr int kName = 2;
  auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return {};
  return word(stat.substr(name_end + 1), number - kName);
}

std::string status_field(std::string_view status, std::string_view name) {
  while (!status.empty()) {
    auto line = take_line(status);
    auto colon = line.find(':');
    if (colon != std::string_view::npos && line.substr(0, colon) == name) {
      return trimmed(line.substr(colon + 1));
    }
  }
  return {};
}

std::string link_text(const std::string& path) {
  char buffer[PATH_MAX];
  ssize_t size = ::readlink(path.c_str(), buffer, sizeof(buffer));
  return size < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(size));
}

}  // namespace gosnoop::target
