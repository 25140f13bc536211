// SPDX-License-Identifier: Apache-2.0
#include "probe/small_programs.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <span>

namespace gosnoop::probe {
namespace {

constexpr bpf_insn instruction(unsigned code, unsigned to, unsigned from, int value) {
  bpf_insn result{};
  result.code = static_cast<__u8>(code);
  result.dst_reg = to & 0xf;
  result.src_reg = from & 0xf;
  result.imm = value;
  return result;
}

constexpr bpf_insn set(unsigned to, int value) {
  return instruction(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, value);
}

constexpr bpf_insn kExit = instruction(BPF_JMP | BPF_EXIT, 0, 0, 0);

Fd load(bpf_prog_type type, bpf_attach_type attach_type, std::span<const bpf_insn> program) {
  LIBBPF_OPTS(bpf_prog_load_opts, options);
  options.expected_attach_type = attach_type;
  return Fd(bpf_prog_load(type, "gosnoop_trial", "GPL", program.data(), program.size(), &options));
}

}  // namespace

Fd load_empty(bpf_prog_type type, bpf_attach_type attach_type) {
  const bpf_insn program[] = {set(BPF_REG_0, 0), kExit};
  return load(type, attach_type, program);
}

Fd load_counter(int map, bpf_attach_type attach_type) {
  const bpf_insn program[] = {
      // The address of the element: an instruction of two halves.
      instruction(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_VALUE, map),
      instruction(0, 0, 0, 0),
      set(BPF_REG_2, 1),
      instruction(BPF_STX | BPF_DW | BPF_XADD, BPF_REG_1, BPF_REG_2, 0),
      set(BPF_REG_0, 0),
      kExit,
  };
  return load(BPF_PROG_TYPE_KPROBE, attach_type, program);
}

Fd load_pid_in_namespace() {
  constexpr int kSize = sizeof(bpf_pidns_info);
  const bpf_insn program[] = {
      set(BPF_REG_1, 0),  // device
      set(BPF_REG_2, 0),  // inode
      // Where to put the answer: on the stack.
      instruction(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_10, 0),
      instruction(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_3, 0, -kSize),
      set(BPF_REG_4, kSize),
      instruction(BPF_JMP | BPF_CALL, 0, 0, BPF_FUNC_get_ns_current_pid_tgid),
      set(BPF_REG_0, 0),
      kExit,
  };
  return load(BPF_PROG_TYPE_KPROBE, {}, program);
}

}  // namespace gosnoop::probe
