// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gosnoop::cli {

// The page at / of `gosnoop serve`: HTML with all it needs, which asks for /top.json.
extern const std::string_view kServePage;

}  // namespace gosnoop::cli
