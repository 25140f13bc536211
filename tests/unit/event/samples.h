// SPDX-License-Identifier: Apache-2.0
// One event of every kind with every field set.
#pragma once

#include <vector>

#include "event/event.h"

namespace gosnoop::event {

inline std::vector<Event> samples() {
  BlockTotals totals{
      .stack = 31, .reason = 255, .count = 5, .sum_ns = 600, .max_ns = 400, .slots = {}};
  for (std::size_t i = 0; i < totals.slots.size(); ++i) totals.slots[i] = i * i;
  SyscallTotals calls{.stack = 41,
                      .number = 42,
                      .origin = Origin::kRuntime,
                      .count = 43,
                      .errors = 2,
                      .sum_ns = 44,
                      .max_ns = 45,
                      .slots = totals.slots};
  Target target{.pid = 4711,
                .exe = "/usr/bin/server \"quoted\"",
                .go_version = "go1.24.4",
                .module = "example.com/server",
                .build_id = "abc123",
                .stripped = true,
                .min_block_ns = 1'000'000,
                .wait_reasons = {"", "chan receive", "select"}};
  return {
      GoCreate{1, 2, 3, 4, 5, 6, true},
      GoBlock{11, 12, 13, 14, 15, Waker::kTimer, 16, 17, 18},
      GoExit{21, 22},
      Stack{31, true, {0x1000, 0x2000, 0x3000}},
      Stack{32, false, {}},
      target,
      WindowStart{41, 42},
      WindowEnd{51, EndReason::kTargetExeced},
      Symbol{0x1000, {{"main.inner", "/src/main.go", 7}, {"main.outer", "", 70000}}},
      Symbol{0x2000, {}},
      SnapshotBegin{61},
      GoState{71, 72, 73, 74, 75, 76, 77, GoStatus::kWaiting, 78, true},
      SnapshotEnd{81, 82, 83},
      Goids{84, 85},
      totals,
      Loss{LossKind::kStack, 3, 10, 5, 3, 2},
      Syscall{91,
              92,
              93,
              94,
              {1, 2, 3, 4, 5, 6},
              -11,
              95,
              96,
              97,
              true,
              true,
              true,
              Origin::kForeign,
              "read(fd=1)"},
      SyscallName{96, "gettimeofday"},
      calls,
      SyscallErrors{96, Origin::kRuntime, 11, 5},
      SyscallGoroutines{96, false, 70000, {1, 2, 18}},
  };
}

}  // namespace gosnoop::event
