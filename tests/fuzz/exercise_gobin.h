// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "gobin/go_binary.h"

namespace gosnoop::gobin {

// Parses the bytes and looks things up all over what they gave. Returns whether they were a
// GoBinary. Nothing is expected of the answers but that they come, from inside the bytes.
inline bool exercise(Bytes file) {
  const auto binary = GoBinary::parse(file);
  if (!binary) return false;
  constexpr std::array<std::string_view, 2> kNames{"runtime.gopark", "runtime.(*mheap).alloc"};
  std::size_t seen = binary->inlined_copies(kNames).size();
  const auto count = binary->function_count();
  for (std::size_t i = 0; i < count; i += count / 64 + 1) {
    const auto function = binary->function(i);
    seen += binary->code(function).size() + function.name.size();
    seen += binary->find_function(function.name).has_value();
    for (std::uint64_t at : {0, 5, 40}) {
      const auto pc = function.entry + at;
      for (const auto& line : binary->lines_at(pc)) seen += line.file.size() + line.function.size();
      seen += binary->sp_delta(pc).has_value() + binary->function_at(pc).has_value();
    }
  }
  return seen > 0;
}

}  // namespace gosnoop::gobin
