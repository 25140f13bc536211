// SPDX-License-Identifier: Apache-2.0
#include "probe/features.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/file.h"
#include "probe/handles.h"
#include "probe/libbpf_log.h"
#include "probe/small_programs.h"

namespace gosnoop::probe {
namespace {

// The errno of a uprobe_multi link on a path that is no file.
int link_on_no_file(int program, int pid) {
  unsigned long offset = 1;
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.uprobe_multi.path = "/";
  options.uprobe_multi.offsets = &offset;
  options.uprobe_multi.cnt = 1;
  options.uprobe_multi.pid = static_cast<__u32>(pid);
  Fd link(bpf_link_create(program, -1, kTraceUprobeMulti, &options));
  return link ? 0 : errno;
}

}  // namespace

// "none [integrity] confidentiality" -> "integrity" (security/lockdown/lockdown.c).
std::string read_lockdown() {
  auto text = read_text_file("/sys/kernel/security/lockdown");
  if (!text) return {};
  auto begin = text->find('[');
  auto end = text->find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return text->substr(begin + 1, end - begin - 1);
}

Trial try_btf() {
  constexpr const char* kPath = "/sys/kernel/btf/vmlinux";
  return tried(kPath, ::access(kPath, R_OK) == 0 ? 0 : errno);
}

Trial try_loading() {
  LibbpfLog quiet;
  Fd program = load_empty(BPF_PROG_TYPE_KPROBE);
  return tried_loading("load a BPF program", program ? 0 : errno);
}

// EBADF: the kernel knows uprobe_multi and saw that "/" is no file. Kernels that filtered by thread
// instead of process (before 46ba0e49b642, 6.10) do not refuse pid -1 with EINVAL.
Trial try_uprobe_multi() {
  LibbpfLog quiet;
  Fd program = load_empty(BPF_PROG_TYPE_KPROBE, kTraceUprobeMulti);
  if (!program) return tried_loading("load a program for uprobe_multi", errno);
  if (int error = link_on_no_file(program.get(), 0); error != EBADF) {
    return tried("link a uprobe_multi", error == 0 ? EINVAL : error);
  }
  if (link_on_no_file(program.get(), -1) == EINVAL) return {Trial::Outcome::kWorks, {}};
  return {Trial::Outcome::kNotSupported, "its filter is by thread, not by process (before 6.10)"};
}

Result<Features> detect_features() {
  if (auto loading = try_loading(); loading.denied()) {
    return fail(ErrorCode::kNoPermission, loading.why,
                "run gosnoop as root: sudo gosnoop …; `gosnoop doctor` says what is missing",
                EPERM);
  }
  Features features;
  features.btf = try_btf().works();
  features.lockdown = read_lockdown();
  features.uprobe_multi = try_uprobe_multi().works();
  return features;
}

Result<void> check(const Features& features) {
  if (features.lockdown == "confidentiality") {
    return fail(ErrorCode::kLockdown,
                "the kernel is locked down (confidentiality): BPF may not read memory",
                "boot with lockdown=integrity, or trace on another machine; `gosnoop doctor` says "
                "what works without probes");
  }
  if (!features.btf) {
    return fail(ErrorCode::kNoBtf, "the kernel has no BTF (/sys/kernel/btf/vmlinux)",
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of Debian 11 and later; "
                "`gosnoop doctor` says what works without");
  }
  return {};
}

}  // namespace gosnoop::probe
