// SPDX-License-Identifier: Apache-2.0
// Reading what /proc says.
#pragma once

#include <string>
#include <string_view>

namespace gosnoop::target {

// The value of a field of /proc/PID/status, without white space around it; "" where it is not
// there.
std::string status_field(std::string_view status, std::string_view name);

// Where a symbolic link points, as text; "" where it cannot be read.
std::string link_text(const std::string& path);

}  // namespace gosnoop::target
