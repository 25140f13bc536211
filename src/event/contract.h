// SPDX-License-Identifier: Apache-2.0
// bpf/events.h as this stage includes it, and what C++ adds to it.
#pragma once

// The contract is C: its variable parts are flexible array members.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#include "bpf/events.h"
#pragma GCC diagnostic pop

#include <cstddef>
#include <type_traits>

namespace gosnoop::event {

inline constexpr std::size_t kMaxRecord = std::size_t{1} << 20;
inline constexpr std::size_t kAlignment = 8;

// Fixed part of one line of a Symbol record.
struct SymbolLineHead {
  std::uint32_t line = 0;
  std::uint16_t function_size = 0;
  std::uint16_t file_size = 0;
};
static_assert(sizeof(SymbolLineHead) == 8);
static_assert(std::is_trivially_copyable_v<SymbolLineHead>);

}  // namespace gosnoop::event
