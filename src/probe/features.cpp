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

namespace gosnoop::probe {
namespace {

// "none [integrity] confidentiality" -> "integrity" (security/lockdown/lockdown.c).
std::string read_lockdown() {
  auto text = read_text_file("/sys/kernel/security/lockdown");
  if (!text) return {};
  auto begin = text->find('[');
  auto end = text->find(']');
  if (begin == std::string::npos || end == std::string::npos || end < begin) return {};
  return text->substr(begin + 1, end - begin - 1);
}

// The errno of a uprobe_multi link on a path that is no file.
int try_uprobe_multi(int program, int pid) {
  unsigned long offset = 1;
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.uprobe_multi.path = "/";
  options.uprobe_multi.offsets = &offset;
  options.uprobe_multi.cnt = 1;
  options.uprobe_multi.pid = static_cast<__u32>(pid);
  int link = bpf_link_create(program, -1, kTraceUprobeMulti, &options);
  if (link < 0) return -link;
  ::close(link);
  return 0;
}

// EBADF: the kernel knows uprobe_multi and saw that "/" is no file. Kernels that filtered by thread
// instead of process (before 46ba0e49b642, 6.10) do not refuse pid -1 with EINVAL.
bool has_uprobe_multi() {
  const bpf_insn program[] = {
      {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .src_reg = 0, .off = 0, .imm = 0},
      {.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0},
  };
  LIBBPF_OPTS(bpf_prog_load_opts, options);
  options.expected_attach_type = kTraceUprobeMulti;
  Fd fd(bpf_prog_load(BPF_PROG_TYPE_KPROBE, nullptr, "GPL", program, 2, &options));
  return fd && try_uprobe_multi(fd.get(), 0) == EBADF && try_uprobe_multi(fd.get(), -1) == EINVAL;
}

}  // namespace

Result<Features> detect_features() {
  if (::geteuid() != 0) {
    return fail(ErrorCode::kNoPermission, "loading BPF programs needs root",
                "run gosnoop as root: sudo gosnoop …", EPERM);
  }
  libbpf_set_print(nullptr);
  Features features;
  features.btf = ::access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  features.lockdown = read_lockdown();
  features.uprobe_multi = has_uprobe_multi();
  return features;
}

Result<void> check(const Features& features) {
  if (features.lockdown == "confidentiality") {
    return fail(ErrorCode::kLockdown,
                "the kernel is locked down (confidentiality): BPF may not read memory",
                "boot with lockdown=integrity, or trace on another machine");
  }
  if (!features.btf) {
    return fail(ErrorCode::kNoBtf, "the kernel has no BTF (/sys/kernel/btf/vmlinux)",
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y, as those of Debian 11 and later");
  }
  return {};
}

}  // namespace gosnoop::probe
