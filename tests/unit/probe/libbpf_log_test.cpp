// SPDX-License-Identifier: Apache-2.0
#include "probe/libbpf_log.h"

#include <gtest/gtest.h>

namespace gosnoop::probe {
namespace {

TEST(LibbpfLog, TheVerifiersReasonIsTheReason) {
  EXPECT_EQ(reason_in("libbpf: prog 'on_create': BPF program load failed: Permission denied\n"
                      "libbpf: prog 'on_create': -- BEGIN PROG LOAD LOG --\n"
                      "combined stack size of 3 calls is 544. Too large\n"
                      "processed 13965 insns (limit 1000000) max_states_per_insn 13\n"
                      "-- END PROG LOAD LOG --\n"
                      "libbpf: failed to load BPF skeleton 'goroutine_bpf': -13\n"),
            "combined stack size of 3 calls is 544. Too large");
}

TEST(LibbpfLog, ElseTheLastLine) {
  EXPECT_EQ(reason_in("libbpf: one\nlibbpf: two\n\n"), "libbpf: two");
  EXPECT_EQ(reason_in("libbpf: one"), "libbpf: one");
  EXPECT_EQ(reason_in(""), "");
}

}  // namespace
}  // namespace gosnoop::probe
