// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <regex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gosnoop::cli {

// Nothing for "". An Error (kUsage) that names the option where it is no regular expression.
Result<std::optional<std::regex>> parse_regex(const std::string& text, std::string_view option);

}  // namespace gosnoop::cli
