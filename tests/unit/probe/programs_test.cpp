// SPDX-License-Identifier: Apache-2.0
// The BPF programs as they are before the kernel gets them.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string_view>

#include "probe/skeleton.h"

namespace {

struct Destroy {
  void operator()(goroutine_bpf* skeleton) const { goroutine_bpf::destroy(skeleton); }
};

bool names_a_tail_call(const bpf_program* program) {
  const std::span code(bpf_program__insns(program), bpf_program__insn_cnt(program));
  return std::any_of(code.begin(), code.end(), [](const bpf_insn& instruction) {
    return instruction.code == (BPF_JMP | BPF_CALL) && instruction.src_reg == 0 &&
           instruction.imm == BPF_FUNC_tail_call;
  });
}

// Those of uprobes interrupt each other, so their frames must not be the CPU's: bpf/uprobe.bpf.h.
TEST(Programs, OfUprobesAndOnlyThoseNameATailCall) {
  const std::unique_ptr<goroutine_bpf, Destroy> skeleton(goroutine_bpf::open());
  ASSERT_TRUE(skeleton);
  int uprobes = 0;
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, skeleton->obj) {
    const bool is_uprobe = bpf_program__section_name(program) == std::string_view("uprobe");
    uprobes += is_uprobe;
    EXPECT_EQ(names_a_tail_call(program), is_uprobe) << bpf_program__name(program);
  }
  EXPECT_GT(uprobes, 5);
}

}  // namespace
