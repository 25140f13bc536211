// SPDX-License-Identifier: Apache-2.0
#include "probe/trials.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "probe/configure.h"
#include "probe/connections.h"
#include "probe/cost_meter.h"
#include "probe/features.h"
#include "probe/libbpf_log.h"
#include "probe/load.h"
#include "probe/own_uprobe.h"
#include "probe/small_programs.h"

namespace gosnoop::probe {
namespace {

Trial try_ring_buffer() {
  LibbpfLog quiet;
  Fd ring(
      bpf_map_create(BPF_MAP_TYPE_RINGBUF, "gosnoop_trial", 0, 0, Options{}.ring_bytes, nullptr));
  return tried_loading("create a ring buffer", ring ? 0 : errno);
}

Trial try_pid_namespaces() {
  LibbpfLog quiet;
  Fd program = load_pid_in_namespace();
  return tried_loading("load a program that asks for a pid", program ? 0 : errno);
}

Trial try_exec_tracepoint() {
  LibbpfLog quiet;
  Fd program = load_empty(BPF_PROG_TYPE_RAW_TRACEPOINT);
  if (!program) return tried_loading("load a program for a tracepoint", errno);
  Fd link(bpf_raw_tracepoint_open("sched_process_exec", program.get()));
  return tried("attach to sched_process_exec", link ? 0 : errno);
}

// A site of each program: all of them are loaded.
plan::ProbePlan plan_of_everything() {
  plan::ProbePlan plan;
  for (int i = 0; i < plan::kPrograms; ++i) {
    plan::Site site;
    site.program = static_cast<plan::Program>(i);
    plan.sites.push_back(std::move(site));
  }
  return plan;
}

Result<void> load_everything(bool uprobe_multi) {
  TRY_ASSIGN(auto config, make_trial_config());
  TRY(load(config, plan_of_everything(), {}, uprobe_multi));
  return {};
}

// What is there only where it is asked for. Nobody is the target: for a moment the kernel runs
// them, and they do nothing.
Result<void> attach_syscalls() {
  TRY_ASSIGN(auto config, make_trial_config());
  config.calls = 1;
  TRY_ASSIGN(auto skeleton, load(config, {}, {}, false));
  TRY(attach_tracepoint(skeleton->progs.on_sys_exit, "sys_exit"));
  TRY(attach_tracepoint(skeleton->progs.on_sys_enter, "sys_enter"));
  return {};
}

Result<void> attach_all_of_tcp() {
  TRY_ASSIGN(auto config, make_trial_config());
  Options options;
  options.tcp = true;
  TRY_ASSIGN(auto skeleton, load(config, {}, options, false));
  TRY(attach_tcp(*skeleton));
  return {};
}

// It must be the uprobe_multi that filters by process, and it must fire.
Trial try_whole_uprobe_multi() {
  auto trial = try_uprobe_multi();
  return trial.works() ? try_own_uprobe_multi() : trial;
}

Result<void> try_cost() {
  TRY(try_statistics());
  return check_trap(measure_trap_ns());
}

}  // namespace

Trials try_everything() {
  Trials trials;
  trials.btf = try_btf();
  trials.lockdown = read_lockdown();
  trials.loading = try_loading();
  trials.ring_buffer = try_ring_buffer();
  trials.pid_namespaces = try_pid_namespaces();
  trials.exec_tracepoint = try_exec_tracepoint();
  trials.perf_uprobe = try_perf_uprobe();
  trials.uprobe_multi = try_whole_uprobe_multi();
  trials.programs = tried(load_everything(trials.uprobe_multi.works()));
  trials.syscalls = tried(attach_syscalls());
  trials.tcp = tried(attach_all_of_tcp());
  trials.cost = tried(try_cost());
  return trials;
}

}  // namespace gosnoop::probe
