// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_host.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace gosnoop::cli {
namespace {

using analyze::Check;
using probe::Trial;
using State = Check::State;
using target::Host;

constexpr const char* kNoProbes = "no probe can be set";
constexpr const char* kOtherKernel =
    "boot a kernel that has it, as those of Debian 11 (5.10) and later";

Check fine(std::string name, std::string detail) {
  return {std::move(name), State::kOk, std::move(detail), {}, {}, 0, {}};
}

Check blocks_probes(std::string name, std::string detail, ErrorCode code, std::string next_step) {
  return {std::move(name),  State::kFail, std::move(detail), kNoProbes, std::move(next_step),
          analyze::kProbes, code};
}

// What was tried under rights that do not reach it says nothing about the kernel.
Check not_tried(std::string name) {
  return {std::move(name), State::kNotTried, "needs the rights above", {}, {}, 0, {}};
}

Check kernel(const HostFacts& facts) {
  return fine("kernel", facts.host.kernel.empty() ? "unknown" : "Linux " + facts.host.kernel);
}

// Rights are judged by what they let us do; the capabilities explain it.
bool may_load(const HostFacts& facts) { return !facts.trials.loading.denied(); }

std::string who(const Host& host) {
  return host.uid == 0 ? std::string("root") : fmt::format("user {}", host.uid);
}

std::string why_not_allowed(const Host& host) {
  auto missing = host.missing_for_probes();
  if (!missing.empty()) return fmt::format("without {}", fmt::join(missing, " and "));
  if (host.own_user_namespace) return "of a user namespace: its capabilities end there";
  return host.seccomp_filter ? "but a seccomp filter forbids bpf()" : "but bpf() is forbidden";
}

std::string how_to_be_allowed(const Host& host) {
  if (host.uid != 0) return "run gosnoop as root: sudo gosnoop doctor";
  return "leave the container, or run it with --privileged --pid=host (or add the capabilities "
         "BPF, PERFMON, SYS_PTRACE and DAC_READ_SEARCH, and a seccomp profile that lets bpf and "
         "perf_event_open "
         "through)";
}

Check rights(const HostFacts& facts) {
  const auto& host = facts.host;
  if (may_load(facts)) return fine("rights", who(host) + ", may load BPF programs");
  return blocks_probes("rights", who(host) + " " + why_not_allowed(host), ErrorCode::kNoPermission,
                       how_to_be_allowed(host));
}

Check pid_namespace(const HostFacts& facts) {
  if (!facts.host.own_pid_namespace) return fine("pid namespace", "the machine's");
  return {"pid namespace",
          State::kWarn,
          "one of its own (a container)",
          "pids are those of this namespace, and processes outside it are not seen",
          "to reach the others: run gosnoop outside, or the container with --pid=host",
          0,
          {}};
}

std::string scope_text(const Host& host) {
  return host.ptrace_scope.value_or(0) == 0
             ? std::string()
             : fmt::format(", kernel.yama.ptrace_scope is {}", *host.ptrace_scope);
}

// security/yama/yama_lsm.c: 1 lets a process read its descendants, 2 those with CAP_SYS_PTRACE, 3
// nobody.
Check memory_access(const HostFacts& facts, bool has_target) {
  const auto& host = facts.host;
  int scope = host.ptrace_scope.value_or(0);
  if (host.reads_any_memory() && scope < 3) return fine("memory", "of any process");
  Check check{"memory", State::kWarn, {}, {}, {}, 0, {}};
  check.affects = has_target ? 0 : analyze::kSnapshots;
  check.next_step = scope < 3 ? "run gosnoop as root: sudo gosnoop doctor"
                              : "boot without kernel.yama.ptrace_scope=3: it cannot be lowered";
  if (scope < 2) {
    check.detail = "of your own processes only, without CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH" +
                   scope_text(host);
    check.consequence = "dump and leaks read goroutines from memory";
    return check;
  }
  check.state = has_target ? State::kWarn : State::kFail;
  if (!has_target) check.affects = analyze::kAllJobs;
  check.code = ErrorCode::kNoPermission;
  check.detail = "of no process" + scope_text(host);
  check.consequence = "the goroutine table cannot be read";
  return check;
}

Check lockdown(const HostFacts& facts) {
  const auto& mode = facts.trials.lockdown;
  if (mode != "confidentiality") return fine("lockdown", mode.empty() ? "none" : mode);
  return blocks_probes("lockdown", "confidentiality: BPF may not read memory", ErrorCode::kLockdown,
                       "boot with lockdown=integrity or without lockdown");
}

Check btf(const HostFacts& facts) {
  if (facts.trials.btf.works()) return fine("BTF", "/sys/kernel/btf/vmlinux");
  return blocks_probes("BTF", facts.trials.btf.why, ErrorCode::kNoBtf,
                       "boot a kernel with CONFIG_DEBUG_INFO_BTF, as those of Debian 11 and later");
}

// `what`: said where it works.
Check of_trial(std::string name, const Trial& trial, std::string what) {
  if (trial.works()) return fine(std::move(name), std::move(what));
  auto code = trial.denied() ? ErrorCode::kNoPermission : ErrorCode::kKernel;
  return blocks_probes(std::move(name), trial.why, code,
                       trial.denied() ? "see rights above; a security module (SELinux, AppArmor) "
                                        "or a seccomp filter may forbid it to root too"
                                      : kOtherKernel);
}

std::string memlock_text(const Host& host) {
  if (!host.locked_memory) return {};
  return fmt::format(" (RLIMIT_MEMLOCK is {} bytes)", *host.locked_memory);
}

// Kernels before 5.11 count BPF maps as locked memory, and say EPERM where there is no more.
Check ring_buffer(const HostFacts& facts) {
  const auto& trial = facts.trials.ring_buffer;
  auto check = of_trial("ring buffer", trial, "16 MiB");
  if (!trial.denied()) return check;
  check.detail += memlock_text(facts.host);
  check.next_step = "ulimit -l unlimited, as root; or a smaller one: --ring-size 1M";
  return check;
}

std::string paranoid_text(const Host& host) {
  if (!host.perf_event_paranoid) return {};
  return fmt::format(" (kernel.perf_event_paranoid is {})", *host.perf_event_paranoid);
}

// Either way to set uprobes will do.
Check perf_uprobe(const HostFacts& facts) {
  constexpr const char* kName = "uprobe, one by one";
  const auto& trials = facts.trials;
  auto check = of_trial(kName, trials.perf_uprobe, "fires, tried on gosnoop itself");
  if (trials.perf_uprobe.works()) return check;
  if (trials.perf_uprobe.denied()) check.detail += paranoid_text(facts.host);
  if (trials.uprobe_multi.works()) {
    return {kName, State::kWarn, check.detail, "none: uprobe_multi takes its place", {}, 0, {}};
  }
  return check;
}

Check uprobe_multi(const HostFacts& facts) {
  const auto& trials = facts.trials;
  if (trials.uprobe_multi.works()) {
    return fine("uprobe_multi", "fires, tried on gosnoop itself: the way that will be used");
  }
  return {"uprobe_multi",
          State::kWarn,
          "not there: slower detach (" + trials.uprobe_multi.why + ")",
          "probes are set one by one, and taking them off takes some tenths of a second",
          "nothing has to be done; Linux 6.10 and later have it",
          0,
          {}};
}

Check tracefs(const HostFacts& facts) {
  return fine("tracefs", facts.host.tracefs ? "mounted; only --tcp needs it"
                                            : "not mounted; only --tcp needs it");
}

Check own_programs(const Trial& trial) {
  auto check = of_trial("gosnoop's programs", trial, "pass the verifier of this kernel");
  if (check.state == State::kFail && !trial.denied()) {
    check.next_step = "see the checks above; where they are ok, please report this";
  }
  return check;
}

// Of what is not the main job: it decides nothing.
Check extra(std::string name, const Trial& trial, std::string what, std::string without) {
  Check check = of_trial(std::move(name), trial, std::move(what));
  if (check.state == State::kOk) return check;
  check.state = State::kWarn;
  check.affects = 0;
  check.consequence = std::move(without);
  return check;
}

// libbpf looks up tracepoints of system calls there.
Check connections(const HostFacts& facts) {
  auto check = extra("TCP connections", facts.trials.tcp, "can be followed (--tcp)",
                     "tcp and --tcp will not work; the rest does");
  if (check.state != State::kOk && !facts.host.tracefs) {
    check.next_step = "mount -t tracefs tracefs /sys/kernel/tracing";
  }
  return check;
}

Check cost(const Trial& trial) {
  auto check = extra("cost of the probes", trial, "can be measured, and capped (--max-cost)",
                     "it is not shown, and nothing takes the probes off where it is too much");
  if (trial.denied()) check.next_step = "run gosnoop as root, or add the capability SYS_ADMIN";
  return check;
}

void add_trials(const HostFacts& facts, std::vector<Check>& checks) {
  const auto& trials = facts.trials;
  checks.push_back(of_trial("BPF programs", trials.loading, "load"));
  checks.push_back(ring_buffer(facts));
  checks.push_back(of_trial("pids in namespaces", trials.pid_namespaces, "known to BPF"));
  checks.push_back(of_trial("exec tracepoint", trials.exec_tracepoint, "attaches"));
  checks.push_back(perf_uprobe(facts));
  checks.push_back(uprobe_multi(facts));
  checks.push_back(own_programs(trials.programs));
  checks.push_back(extra("system calls", trials.syscalls, "can be watched (--syscalls)",
                         "syscalls and --syscalls will not work; the rest does"));
  checks.push_back(connections(facts));
  checks.push_back(cost(trials.cost));
}

void add_untried(std::vector<Check>& checks) {
  for (const char* name : {"BPF programs", "ring buffer", "pids in namespaces", "exec tracepoint",
                           "uprobe, one by one", "uprobe_multi", "gosnoop's programs",
                           "system calls", "TCP connections", "cost of the probes"}) {
    checks.push_back(not_tried(name));
  }
}

}  // namespace

HostFacts gather_host_facts() { return {target::read_host(), probe::try_everything()}; }

std::vector<Check> judge(const HostFacts& facts, bool has_target) {
  std::vector<Check> checks{kernel(facts),        rights(facts),
                            pid_namespace(facts), memory_access(facts, has_target),
                            lockdown(facts),      btf(facts)};
  if (may_load(facts)) {
    add_trials(facts, checks);
  } else {
    add_untried(checks);
  }
  checks.push_back(tracefs(facts));
  return checks;
}

}  // namespace gosnoop::cli
