// SPDX-License-Identifier: Apache-2.0
// Reading what /proc says.
#pragma once

#include <string>
#include <string_view>

namespace gosnoop::target {

// The value of a field of /proc/PID/status, without white space around it; "" where it is not
// there.
std::string status_field(std::string_view status, std::string_view name);

// A field of /proc/PID/stat by its number in proc_pid_stat(5), 3 or more; "" where it is not there.
// The name in field 2 may hold anything, blanks and brackets too.
std::string_view stat_field(std::string_view stat, int number);

// Cuts the first line off `text` and returns it, without its end.
std::string_view take_line(std::string_view& text);

// A word of a line whose words are parted by blanks, counted from 1; "" where there are fewer.
std::string_view word(std::string_view line, int number);

// Where a symbolic link points, as text; "" where it cannot be read.
std::string link_text(const std::string& path);

}  // namespace gosnoop::target
