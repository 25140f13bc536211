// SPDX-License-Identifier: Apache-2.0
// One event of every kind with every field set.
#pragma once

#include <vector>

#include "event/event.h"

namespace gosnoop::event {

inline TcpConnection tcp_sample() {
  TcpConnection c;
  c.time = 90, c.id = 91, c.opened = 92, c.established = 93, c.remote_closed = 94, c.closed = 95;
  c.goid = 96, c.parent = 100, c.go_pc = 101, c.what = TcpWhat::kOver, c.stack = 97,
  c.bytes_sent = 98, c.bytes_received = 99;
  c.srtt_us = 1, c.retransmits = 2, c.resets_sent = 3, c.resets_received = 4, c.error = 111;
  c.local.port = 80, c.remote.port = 65535, c.role = TcpRole::kServer;
  c.closer = TcpCloser::kTimeout, c.state = 8;
  c.failed = c.held = c.measured = c.ended = c.unseen = c.at_exit = true;
  c.local.address[15] = 1, c.remote.address[0] = 0xfe;
  return c;
}

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
      GoBlock{11, 12, 13, 14, 15, Waker::kTimer, 16, 17, 18, 19},
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
              {},
              "read(fd=1)"},
      Syscall{.time = 97,
              .paths = {{1, "/var/log/x", false}, {3, std::string(255, 'y'), true}},
              .text = {}},
      SyscallName{96, "gettimeofday"},
      calls,
      SyscallErrors{96, Origin::kRuntime, 11, 5},
      SyscallGoroutines{96, false, 70000, {1, 2, 18}},
      tcp_sample(),
      ProbeCost{111, 112, 113, 114, 115, 116, 117},
      TcpTotals{101, 102, {1, 2, 3, 4, 5, 6}, 103, 104, 105, 106, 107, 108, totals.slots},
      SocketsMade{111, SocketKind::kUdp, 112},
      WaitSocket{121, {{1}, 80}, {{2}, 81}},
      GoSocket{131, 132, 133, true, 134, 135, "10.0.0.5:5432"},
  };
}

}  // namespace gosnoop::event
