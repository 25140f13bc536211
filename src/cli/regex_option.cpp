// SPDX-License-Identifier: Apache-2.0
#include "cli/regex_option.h"

#include <fmt/format.h>

namespace gosnoop::cli {

Result<std::optional<std::regex>> parse_regex(const std::string& text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  try {
    return std::regex(text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error&) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} wants a regular expression, not '{}'", option, text),
                "escape brackets and stars: 'main\\.\\(\\*Pool\\)'");
  }
}

}  // namespace gosnoop::cli
