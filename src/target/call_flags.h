// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gosnoop::target {

// The names of an argument's bits, or of its value: "O_RDONLY|O_CLOEXEC" for `flags` of openat,
// "AF_INET6" for `family` of socket. `call` and `argument` as the kernel names them. Nothing where
// the argument is none of those known.
std::optional<std::string> flags_text(std::string_view call, std::string_view argument,
                                      std::uint64_t value);

}  // namespace gosnoop::target
