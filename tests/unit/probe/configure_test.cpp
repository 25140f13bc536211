// SPDX-License-Identifier: Apache-2.0
// Whatever the offsets of a Go to come are: BPF reads within what it read, or is not loaded.
#include "probe/configure.h"

#include <gtest/gtest.h>

namespace gosnoop::probe {
namespace {

// As of Go 1.24.
wire::go_layout layout() {
  wire::go_layout go{};
  go.g_stack_lo = 0;
  go.g_stack_hi = 8;
  go.g_sched_sp = 56;
  go.g_sched_pc = 64;
  go.g_sched_bp = 96;
  go.g_atomicstatus = 144;
  go.g_goid = 160;
  go.g_waitreason = 184;
  go.g_parent_goid = 272;
  go.g_gopc = 280;
  go.g_startpc = 296;
  return go;
}

TEST(Reach, AllIsWithin) { EXPECT_TRUE(check_reach(layout())); }

TEST(Reach, Go119HasNoParent) {
  auto go = layout();
  go.g_parent_goid = 0;
  EXPECT_TRUE(check_reach(go));
}

TEST(Reach, EachFieldThatLiesOutsideIsNamed) {
  struct {
    wire::u32 wire::go_layout::*field;
    wire::u32 last;  // offset at which it is still within
    const char* name;
  } const cases[] = {
      {&wire::go_layout::g_stack_lo, G_SCHED_SIZE - 8, "g.stack.lo "},
      {&wire::go_layout::g_stack_hi, G_SCHED_SIZE - 8, "g.stack.hi "},
      {&wire::go_layout::g_sched_sp, G_SCHED_SIZE - 8, "g.sched.sp "},
      {&wire::go_layout::g_sched_pc, G_SCHED_SIZE - 8, "g.sched.pc "},
      {&wire::go_layout::g_sched_bp, G_SCHED_SIZE - 8, "g.sched.bp "},
      {&wire::go_layout::g_waitreason, G_HEAD_SIZE - 1, "g.waitreason "},
      {&wire::go_layout::g_atomicstatus, G_NEW_END - 8, "g.atomicstatus "},
      {&wire::go_layout::g_goid, G_NEW_END - 8, "g.goid "},
      {&wire::go_layout::g_parent_goid, G_NEW_END - 8, "g.parentGoid "},
      {&wire::go_layout::g_gopc, G_NEW_END - 8, "g.gopc "},
      {&wire::go_layout::g_startpc, G_NEW_END - 8, "g.startpc "},
  };
  for (const auto& one : cases) {
    auto go = layout();
    go.*one.field = one.last;
    EXPECT_TRUE(check_reach(go)) << one.name;
    go.*one.field = one.last + 1;
    auto result = check_reach(go);
    ASSERT_FALSE(result) << one.name;
    EXPECT_EQ(result.error().code, ErrorCode::kUnsupportedGo);
    EXPECT_EQ(result.error().message.find(one.name), 0u) << result.error().message;
  }
}

TEST(Reach, WhatLiesBeforeANewGsPieceIsOutsideToo) {
  for (auto field : {&wire::go_layout::g_atomicstatus, &wire::go_layout::g_goid,
                     &wire::go_layout::g_parent_goid, &wire::go_layout::g_startpc}) {
    auto go = layout();
    go.*field = G_NEW_BEGIN - 8;
    EXPECT_FALSE(check_reach(go));
  }
}

}  // namespace
}  // namespace gosnoop::probe
