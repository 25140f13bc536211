// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gosnoop::output {

// `data` as the content of a gzip file. Throws std::runtime_error where zlib has no memory, and
// above 4 GiB.
std::string gzip(std::string_view data);

}  // namespace gosnoop::output
