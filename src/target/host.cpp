// SPDX-License-Identifier: Apache-2.0
#include "target/host.h"

#include <linux/capability.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "target/proc_text.h"

namespace gosnoop::target {
namespace {

// The first namespaces have fixed numbers (include/linux/proc_ns.h, PROC_PID_INIT_INO and
// PROC_USER_INIT_INO).
bool is_other(const std::string& link, std::string_view first) {
  return !link.empty() && link != first;
}

// What only root may look into is there as well.
bool exists(const std::string& path) {
  return ::access(path.c_str(), F_OK) == 0 || errno == EACCES;
}

std::optional<int> read_number(const std::string& path) {
  auto text = read_text_file(path);
  if (!text || text->empty()) return std::nullopt;
  return std::atoi(text->c_str());
}

std::string kernel_release() {
  utsname names{};
  return ::uname(&names) == 0 ? names.release : std::string();
}

std::optional<std::uint64_t> locked_memory_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return {};
  return limit.rlim_cur;
}

}  // namespace

std::vector<std::string> Host::missing_for_probes() const {
  std::vector<std::string> missing;
  if (has(CAP_SYS_ADMIN)) return missing;  // includes both (capability.h)
  if (!has(CAP_BPF)) missing.emplace_back("CAP_BPF");
  if (!has(CAP_PERFMON)) missing.emplace_back("CAP_PERFMON");
  return missing;
}

// /proc/PID/mem may be opened by its owner only, whatever ptrace would allow.
bool Host::reads_any_memory() const {
  return has(CAP_SYS_PTRACE) && (has(CAP_DAC_READ_SEARCH) || has(CAP_DAC_OVERRIDE));
}

Host read_host(const std::string& root) {
  Host host;
  host.kernel = kernel_release();
  host.uid = ::geteuid();
  auto status = read_text_file(root + "/proc/self/status").value_or("");
  host.capabilities = std::strtoull(status_field(status, "CapEff").c_str(), nullptr, 16);
  host.seccomp_filter = status_field(status, "Seccomp") == "2";
  host.own_pid_namespace = is_other(link_text(root + "/proc/self/ns/pid"), "pid:[4026531836]");
  host.own_user_namespace = is_other(link_text(root + "/proc/self/ns/user"), "user:[4026531837]");
  host.tracefs = exists(root + "/sys/kernel/tracing/events");
  host.ptrace_scope = read_number(root + "/proc/sys/kernel/yama/ptrace_scope");
  host.perf_event_paranoid = read_number(root + "/proc/sys/kernel/perf_event_paranoid");
  host.locked_memory = locked_memory_limit();
  return host;
}

}  // namespace gosnoop::target
