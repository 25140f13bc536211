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

std::string status_field(std::string_view status, std::string_view name) {
  while (!status.empty()) {
    auto line = status.substr(0, status.find('\n'));
    status.remove_prefix(std::min(line.size() + 1, status.size()));
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
