// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace gosnoop::gobin {

// The funcID of what the compiler generates, such as method wrappers: src/runtime/symtab.go,
// funcID_wrapper (Go 1.19, 1.20); src/internal/abi/symtab.go, FuncIDWrapper.
constexpr std::uint8_t wrapper_id(int go_minor) {
  if (go_minor >= 25) return 23;
  return go_minor >= 22 ? 22 : 21;
}

}  // namespace gosnoop::gobin
