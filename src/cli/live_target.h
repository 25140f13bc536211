// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "base/file.h"
#include "base/result.h"
#include "cli/options.h"
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

  // Runtime address minus link address.
  std::uint64_t bias() const { return binary.image().load_bias(process.exe_start()); }
};

// An Error (kUnsupportedGo) for a Go version that gosnoop cannot read.
Result<void> check_version(const gobin::GoBinary& binary);

// An Error where there is no such process, it is no Go program, or one too old. Says on stderr
// where nothing happens in it (halt.h).
Result<LiveTarget> open_target(pid_t pid);
// The same, and says nothing.
Result<LiveTarget> open_quietly(pid_t pid);

// Where its probes go. An Error where gosnoop cannot trace it faithfully.
// `purpose`: what the probes are to show.
Result<plan::ProbePlan> plan_probes(const LiveTarget& target, plan::Purpose purpose);

// What reports say of it.
event::Target describe(const LiveTarget& target, const LiveOptions& options);

}  // namespace gosnoop::cli
