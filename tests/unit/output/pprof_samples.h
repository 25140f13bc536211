// SPDX-License-Identifier: Apache-2.0
// A dump made by hand, for profiles.
#pragma once

#include <initializer_list>

#include "analyze/dump_groups.h"
#include "samples.h"

namespace gosnoop::output {

// Locations in the dump's order: gopark, chanrecv (inlined) in chanrecv1, worker, goexit.
inline snapshot::Dump worker_dump() {
  const std::string go = "/usr/lib/go-1.24/src/runtime/";
  snapshot::Dump dump;
  dump.target = empty_report().target;
  dump.target.wait_reasons = {"", "chan receive"};
  dump.wall_clock_ns = kSampleStart;
  dump.time_ns = 100'000'000'000;
  dump.locations = {
      {0x401010, 0x10, {{"runtime.gopark", go + "proc.go", 435}}},
      {0x402020,
       0x20,
       {{"runtime.chanrecv", go + "chan.go", 664}, {"runtime.chanrecv1", go + "chan.go", 506}}},
      {0x403030, 0x30, {{"main.worker[go.shape.int]", "/src/app/main.go", 40}}},
      {0x404001, 0x01, {{"runtime.goexit", go + "asm_amd64.s", 1700}}},
      {0x405050, 0x50, {{"main.start", "/src/app/main.go", 20}}},
      {0x406000, 0x00, {{"main.worker[go.shape.int]", "/src/app/main.go", 33}}}};
  dump.stacks = {{{0, 1, 2, 3}}, {{5, 3}}};
  dump.waits.emplace_back();
  return dump;
}

inline snapshot::Member& add_member(snapshot::Dump& dump, event::GoStatus status,
                                    std::uint32_t stack) {
  snapshot::Member member;
  member.goid = dump.members.size() + 1;
  member.status = status;
  member.stack = stack;
  member.created_by = 4;
  member.start = 5;
  member.wait_reason = 1;
  return dump.members.emplace_back(member);
}

inline analyze::DumpGroup group_of(std::initializer_list<std::uint32_t> members) {
  analyze::DumpGroup group;
  group.members = members;
  return group;
}

}  // namespace gosnoop::output
