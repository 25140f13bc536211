// SPDX-License-Identifier: Apache-2.0
#include "probe/load.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "probe/connections.h"
#include "probe/libbpf_log.h"
#include "probe/links.h"
#include "probe/tables.h"

namespace gosnoop::probe {
namespace {

// Only the programs that the plan has sites for are loaded, as what this kernel attaches.
void choose_programs(goroutine_bpf& skeleton, const plan::ProbePlan& plan, bool uprobe_multi) {
  for (int i = 0; i < plan::kPrograms; ++i) {
    auto program = static_cast<plan::Program>(i);
    bool used = std::any_of(plan.sites.begin(), plan.sites.end(),
                            [program](const auto& site) { return site.program == program; });
    bpf_program* bpf = program_of(skeleton, program);
    bpf_program__set_autoload(bpf, used);
    if (uprobe_multi) bpf_program__set_expected_attach_type(bpf, kTraceUprobeMulti);
  }
  bpf_program__set_autoload(skeleton.progs.on_sys_enter, skeleton.rodata->config.calls != 0);
  bpf_program__set_autoload(skeleton.progs.on_sys_exit, skeleton.rodata->config.calls != 0);
}

}  // namespace

Result<Skeleton> load(const wire::probe_config& config, const plan::ProbePlan& plan,
                      const Options& options, bool uprobe_multi) {
  LibbpfLog log;
  Skeleton skeleton(goroutine_bpf::open());
  if (!skeleton) return fail(log.error("open the BPF object", errno));
  skeleton->rodata->config = config;
  set_sizes(*skeleton, options.expected_goroutines, options.ring_bytes);
  choose_programs(*skeleton, plan, uprobe_multi);
  choose_tcp(*skeleton, options.tcp);
  if (int result = goroutine_bpf::load(skeleton.get()); result != 0) {
    return fail(log.error("load the BPF programs", -result));
  }
  return skeleton;
}

Result<Link> attach_tracepoint(bpf_program* program, std::string_view name) {
  LibbpfLog log;
  Link link(bpf_program__attach(program));
  if (!link) return fail(log.error(fmt::format("attach {}", name), errno));
  return link;
}

}  // namespace gosnoop::probe
