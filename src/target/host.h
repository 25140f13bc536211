// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gosnoop::target {

// What /proc and /sys say of this machine and of the rights gosnoop has on it.
struct Host {
  std::string kernel;               // "6.12.43-amd64"; "" if unknown
  uid_t uid = 0;                    // effective
  std::uint64_t capabilities = 0;   // effective; bit as in linux/capability.h
  bool own_pid_namespace = false;   // not the machine's first: gosnoop is in a container
  bool own_user_namespace = false;  // capabilities reach no further than it
  bool seccomp_filter = false;      // gosnoop's system calls are filtered
  bool tracefs = false;             // mounted where it belongs
  std::optional<int> ptrace_scope;  // kernel.yama.ptrace_scope; nothing without Yama
  std::optional<int> perf_event_paranoid;
  std::optional<std::uint64_t> locked_memory;  // RLIMIT_MEMLOCK, bytes; nothing: no limit

  bool has(unsigned capability) const { return (capabilities >> capability & 1) != 0; }
  // Those that probes need and that are not there: "CAP_BPF", "CAP_PERFMON".
  std::vector<std::string> missing_for_probes() const;
  // CAP_SYS_PTRACE, and CAP_DAC_READ_SEARCH or CAP_DAC_OVERRIDE.
  bool reads_any_memory() const;
};

// `root`: where proc/ and sys/ are, without a slash at its end. What cannot be read is left as it
// is in a Host{}.
Host read_host(const std::string& root = "");

}  // namespace gosnoop::target
