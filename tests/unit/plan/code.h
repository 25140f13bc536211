// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "plan/instructions.h"

namespace gosnoop::plan {

using namespace std::string_view_literals;

inline constexpr LinkAddress kCode{0x1000};  // where the code of a test lies

inline std::vector<Instruction> decode(std::string_view bytes) {
  return disassemble(as_bytes(bytes), kCode);
}

}  // namespace gosnoop::plan
