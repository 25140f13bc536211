// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace gosnoop::probe {

// How often BPF programs ran, and how long, while the kernel's statistics of them were on.
struct Runs {
  std::uint64_t count = 0;
  std::uint64_t time_ns = 0;

  // Zero where a program could be asked before, and no more.
  Runs operator-(const Runs& before) const {
    return {count - std::min(count, before.count), time_ns - std::min(time_ns, before.time_ns)};
  }
};

// The sum over programs, by their file descriptors.
Runs runs_of(const std::vector<int>& programs);

}  // namespace gosnoop::probe
