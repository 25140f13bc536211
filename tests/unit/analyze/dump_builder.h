// SPDX-License-Identifier: Apache-2.0
// Dumps made by hand: what is named once, and goroutines that share it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "snapshot/dump.h"

namespace gosnoop::analyze {

using event::GoStatus;
using snapshot::Dump;
using snapshot::kNone;
using snapshot::Location;
using snapshot::Member;
using snapshot::WaitsFor;

inline constexpr std::uint64_t kDumpTime = 7'200'000'000'000;          // two hours of uptime
inline constexpr std::uint64_t kDumpWallClock = 1795262584'123456789;  // 2026-11-21 12:03:04 UTC

enum Reason : std::uint8_t { kZero, kReceive, kSend, kSelect, kIoWait, kSleep, kPreemptedReason };

class DumpBuilder {
 public:
  DumpBuilder() {
    dump_.target = {.pid = 4242,
                    .exe = "/usr/bin/app",
                    .go_version = "go1.24.4",
                    .module = "example.com/app",
                    .build_id = "c0ffee",
                    .stripped = false,
                    .min_block_ns = 0,
                    .wait_reasons = {"", "chan receive", "chan send", "select", "IO wait", "sleep",
                                     "preempted"}};
    dump_.wall_clock_ns = kDumpWallClock;
    dump_.time_ns = kDumpTime;
    dump_.waits.emplace_back();
  }

  // Innermost line first; each location its own pc.
  std::uint32_t location(symbol::Frames lines, std::uint64_t offset = 0x1d) {
    Location at;
    at.pc = 0x480000 + 0x100 * dump_.locations.size();
    at.offset = offset;
    at.lines = std::move(lines);
    dump_.locations.push_back(std::move(at));
    return static_cast<std::uint32_t>(dump_.locations.size() - 1);
  }

  std::uint32_t stack(std::vector<std::uint32_t> locations, bool truncated = false) {
    dump_.stacks.push_back({std::move(locations), truncated});
    return static_cast<std::uint32_t>(dump_.stacks.size() - 1);
  }

  std::uint32_t waits(WaitsFor wait) {
    dump_.waits.push_back(std::move(wait));
    return static_cast<std::uint32_t>(dump_.waits.size() - 1);
  }

  // A parked goroutine; its goid is the next number.
  Member& parked(std::uint32_t stack, Reason reason, std::uint32_t created_by = kNone) {
    Member member;
    member.goid = dump_.members.size() + 1;
    member.stack = stack;
    member.created_by = created_by;
    member.status = GoStatus::kWaiting;
    member.wait_reason = reason;
    dump_.members.push_back(member);
    return dump_.members.back();
  }

  Dump& dump() { return dump_; }

 private:
  Dump dump_;
};

inline WaitsFor waits_for_channel(std::uint64_t address) {
  WaitsFor wait;
  wait.kind = WaitsFor::Kind::kChannels;
  wait.channels.resize(1);
  wait.channels[0].address = address;
  wait.channels[0].receivers = 1;
  return wait;
}

// Indices and lists that lead nowhere.
inline Dump odd_dump() {
  DumpBuilder builder;
  const std::uint32_t nothing = builder.location({});
  const std::uint32_t control = builder.location({{"main.\x1b[2J\n", "/src/\tapp\r.go", 3}});
  const std::uint32_t astray = builder.stack({nothing, 999'999, control, kNone});
  Member& lost = builder.parked(astray, kReceive, 999'999);
  lost.waits_for = 999'999;
  lost.start = 999'999;
  builder.parked(999'999, kReceive, nothing).wait_reason = 200;
  builder.parked(kNone, kReceive, control).status = static_cast<GoStatus>(77);
  Member& future = builder.parked(builder.stack({}), kSelect);
  future.waiting_since_ns = kDumpTime + 1'000;
  future.waits_for = builder.waits({});
  WaitsFor empty;
  empty.kind = WaitsFor::Kind::kChannels;
  builder.parked(builder.stack({}, true), kSelect).waits_for = builder.waits(empty);
  return builder.dump();
}

}  // namespace gosnoop::analyze
