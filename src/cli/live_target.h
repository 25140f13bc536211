// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/file.h"
#include "base/result.h"
#include "event/event.h"
#include "gobin/go_binary.h"
#include "plan/plan.h"
#include "target/process.h"

namespace gosnoop::cli {

// A running Go process with all that is known of it before a probe is set.
struct LiveTarget {
  target::Process process;
  MappedFile file;  // what is mapped, whatever lies on disk now
  gobin::GoBinary binary;
  plan::ProbePlan plan;

  // Runtime address minus link address.
  std::uint64_t bias() const {
    return process.exe_start().value - binary.image().load_base().value;
  }
};

// An Error where there is no such process, it is no Go program, or one that gosnoop cannot trace.
// `purpose`: what the probes of its plan are to show.
Result<LiveTarget> open_target(pid_t pid, plan::Purpose purpose);

// What reports say of it.
event::Target describe(const LiveTarget& target, std::uint64_t min_block_ns);

}  // namespace gosnoop::cli
