// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "probe/handles.h"
#include "target/process.h"

namespace gosnoop::probe {

// All uprobes of a plan on one process. Destroying it takes them off.
class Links {
 public:
  // uprobe_multi: one link a program; else one perf event a site. Either way the kernel sets
  // breakpoints in this process only.
  // `file`: a path of the very executable that the plan was made of.
  static Result<Links> attach(goroutine_bpf& skeleton, const plan::ProbePlan& plan,
                              const target::Process& process, const std::string& file,
                              bool uprobe_multi);

  Links(Links&&) noexcept = default;
  Links& operator=(Links&&) noexcept = default;
  // Taking off a perf event uprobe waits for RCU (0.1 s and more each): done side by side.
  ~Links();

 private:
  Links() = default;

  std::vector<Link> links_;
};

// The BPF program for an event.
bpf_program* program_of(const goroutine_bpf& skeleton, plan::Program program);

}  // namespace gosnoop::probe
