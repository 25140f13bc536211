// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace gosnoop {

// "EAGAIN"; the number where it has no name.
std::string errno_name(std::uint64_t error);

}  // namespace gosnoop
