// SPDX-License-Identifier: Apache-2.0
#include "output/pprof.h"

#include "output/pprof_builder.h"

namespace gosnoop::output {
namespace {

using analyze::DumpGroup;
using event::GoStatus;
using snapshot::Dump;
using snapshot::Location;
using snapshot::Member;

// The address of the call itself, as Go has it (runtime/pprof/proto.go, allFrames). A location at
// its function's entry is no return address.
std::uint64_t call_address(const Location& location) {
  return location.offset == 0 ? location.pc : location.pc - 1;
}

// Go leaves it out wherever it is (allFrames).
bool is_goexit(const Location& location) {
  return location.lines.size() == 1 && location.lines.front().function == "runtime.goexit";
}

const char* unknown_stack(GoStatus status) {
  switch (status) {
    case GoStatus::kRunning:
      return "(running; stack not known)";
    case GoStatus::kSyscall:
      return "(in a system call; stack not known)";
    default:
      return "(stack not known)";
  }
}

class GoroutineProfile {
 public:
  explicit GoroutineProfile(const Dump& dump) : dump_(dump) {}

  void add(const DumpGroup& group) {
    std::int64_t count = 0;
    for (std::uint32_t index : group.members) count += dump_.members[index].system ? 0 : 1;
    if (count != 0) profile_.add(stack(group.any(dump_)), {count});
  }

  std::string finish() {
    const SampleType goroutines{"goroutine", "count"};
    return profile_.finish({.sample_types = {goroutines},
                            .period_type = goroutines,
                            .period = 1,
                            .time_ns = static_cast<std::int64_t>(dump_.wall_clock_ns),
                            .exe = dump_.target.exe,
                            .build_id = dump_.target.build_id});
  }

 private:
  PprofBuilder::Stack stack(const Member& member) {
    if (member.stack == snapshot::kNone) return {profile_.remark(unknown_stack(member.status))};
    const snapshot::Stack& stack = dump_.stacks[member.stack];
    PprofBuilder::Stack result;
    for (auto index : stack.locations) {
      const Location& location = dump_.locations[index];
      if (is_goexit(location)) continue;
      result.push_back(profile_.location(call_address(location), location.lines));
    }
    if (stack.truncated) result.push_back(profile_.remark("(deeper than read)"));
    return result;
  }

  const Dump& dump_;
  PprofBuilder profile_;
};

}  // namespace

std::string goroutine_profile(const Dump& dump, const std::vector<DumpGroup>& groups) {
  GoroutineProfile profile(dump);
  for (const DumpGroup& group : groups) profile.add(group);
  return profile.finish();
}

}  // namespace gosnoop::output
