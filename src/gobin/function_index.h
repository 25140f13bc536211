// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gobin/pclntab.h"

namespace gosnoop::gobin {

// Finds functions by name. Reads every name once, when it is made: some 10 ms for 100 000 functions
// of a file that is in the page cache.
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

// The same for a few names, one after the other from the first function on. The linker places the
// runtime's near the beginning, so for these it costs far less than an index.
std::optional<std::uint32_t> scan_for_function(const Pclntab& table, std::string_view name,
                                               int go_minor);

}  // namespace gosnoop::gobin
