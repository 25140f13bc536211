// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gobin/pclntab.h"

namespace gosnoop::gobin {

// Finds functions by name. Reads every name once, when it is made: a few ms for 100 000 functions.
class FunctionIndex {
 public:
  explicit FunctionIndex(const Pclntab& table);

  // Where an ABI wrapper has the same name, the function that is no wrapper.
  std::optional<std::uint32_t> find(const Pclntab& table, std::string_view name,
                                    int go_minor) const;

 private:
  struct Slot {
    std::uint32_t hash;
    std::uint32_t function;
  };
  std::vector<Slot> slots_;  // ascending
};

}  // namespace gosnoop::gobin
