// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "probe/trial.h"

namespace gosnoop::probe {

// Everything that probes rest on, each tried by itself.
struct Trials {
  Trial btf;              // /sys/kernel/btf/vmlinux
  Trial loading;          // a BPF program of the type uprobes have
  Trial ring_buffer;      // of the default size
  Trial pid_namespaces;   // bpf_get_ns_current_pid_tgid: to know the target's threads
  Trial exec_tracepoint;  // raw_tp sched_process_exec
  Trial perf_uprobe;      // a uprobe by perf event that counted a call
  Trial uprobe_multi;     // a uprobe_multi link that counted a call
  Trial programs;         // gosnoop's own BPF programs pass this kernel's verifier
  Trial syscalls;         // … those of --syscalls too, and their tracepoints are there
  Trial tcp;              // … those of --tcp too, and theirs
  Trial cost;             // the kernel's statistics of BPF programs, and how long a trap takes
  std::string lockdown;   // as Features::lockdown
};

// Uprobes are tried on a function of gosnoop itself. Takes some tenths of a second and leaves
// nothing behind.
Trials try_everything();

}  // namespace gosnoop::probe
