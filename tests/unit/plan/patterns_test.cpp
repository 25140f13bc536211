// SPDX-License-Identifier: Apache-2.0
// The shapes of code that decide where a probe sits: right ones, and those that only look so.
#include "plan/patterns.h"

#include <gtest/gtest.h>

#include "code.h"

namespace gosnoop::plan {
namespace {

std::uint64_t offset_of(const Instruction* found) { return found->address - kCode; }

TEST(FindStackCheck, IsTheFirstJbe) {
  auto code = decode("\x49\x3b\x66\x10\x75\x00\x76\x20\x76\x10"sv);
  ASSERT_TRUE(find_stack_check(code));
  EXPECT_EQ(offset_of(find_stack_check(code)), 6u);
  EXPECT_FALSE(find_stack_check(decode("\x75\x00\x55"sv)));
}

// The end of newproc1: jne over a store to the epilogue, and the code that grows the stack behind
// it.
TEST(FindLastJump, IsTheJumpToTheEpilogueThatAllReturnsPass) {
  auto code = decode(
      "\x76\x0e"              // 0: jbe 0x10
      "\x75\x04"              // 2: jne 8
      "\x48\x89\x4a\x10"      // 4: mov %rcx,0x10(%rdx)
      "\x48\x83\xc4\x38"      // 8: add $0x38,%rsp
      "\x5d"                  // c: pop %rbp
      "\xc3"                  // d: ret
      "\x90\x90"              // e
      "\xe8\x00\x00\x00\x00"  // 10: call morestack
      "\xeb\xe9"sv);          // 15: jmp 0
  ASSERT_TRUE(find_last_jump(code));
  EXPECT_EQ(offset_of(find_last_jump(code)), 2u);
}

TEST(FindLastJump, IsNoneThatAnotherJumpPassesBy) {
  auto code = decode(
      "\x74\x02"      // 0: je 4, behind the jump
      "\x75\x01"      // 2: jne 5
      "\x90"          // 4
      "\x5d\xc3"sv);  // 5: pop %rbp; ret
  EXPECT_FALSE(find_last_jump(code));
  // From the cold code behind the return, too.
  EXPECT_FALSE(find_last_jump(decode("\x75\x01\x90\x5d\xc3\xeb\xfb"sv)));
}

TEST(FindLastJump, IsNoneThatIsPassedAgain) {
  auto code = decode(
      "\x90"          // 0
      "\x75\x02"      // 1: jne 5
      "\xeb\xfb"      // 3: jmp 0
      "\x5d\xc3"sv);  // 5
  EXPECT_FALSE(find_last_jump(code));
}

TEST(FindLastJump, IsNoneWhereAJumpGoesWhoKnowsWhere) {
  EXPECT_FALSE(find_last_jump(decode("\xff\xe0\x75\x01\x90\x5d\xc3"sv)));  // jmp *%rax
}

TEST(FindLastJump, IsNoneWithTwoReturnsOrWithout) {
  EXPECT_FALSE(find_last_jump(decode("\x75\x02\xc3\x90\x5d\xc3"sv)));
  EXPECT_FALSE(find_last_jump(decode("\x75\x01\x90\x5d"sv)));
  EXPECT_FALSE(find_last_jump({}));
}

TEST(FindLastJump, IsNoneWhereTheJumpSkipsNotToTheEpilogue) {
  // jne to mov %rcx,%rax: AX is written behind it.
  EXPECT_FALSE(find_last_jump(decode("\x75\x01\x90\x48\x89\xc8\x5d\xc3"sv)));
}

// may_wake for the last instruction of the code.
bool may_wake_at_end(std::string_view bytes) {
  auto code = decode(bytes);
  return may_wake(code, code.size() - 1);
}

#define CALL "\xe8\x00\x00\x00\x00"
#define BX_WAITING "\xbb\x04\x00\x00\x00"
#define BX_RUNNING "\xbb\x02\x00\x00\x00"
#define CX_RUNNABLE "\xb9\x01\x00\x00\x00"
#define CX_SYSCALL "\xb9\x03\x00\x00\x00"

TEST(MayWake, ByTheConstantsBeforeTheCall) {
  EXPECT_TRUE(may_wake_at_end(BX_WAITING CX_RUNNABLE CALL ""sv));
  EXPECT_TRUE(may_wake_at_end(CX_RUNNABLE "\x90" BX_WAITING "\x90" CALL ""sv));
  EXPECT_FALSE(may_wake_at_end(BX_RUNNING CX_RUNNABLE CALL ""sv));
  EXPECT_FALSE(may_wake_at_end(BX_WAITING CX_SYSCALL CALL ""sv));
}

TEST(MayWake, TheLastAssignmentCounts) {
  EXPECT_TRUE(may_wake_at_end(BX_RUNNING BX_WAITING CX_RUNNABLE CALL ""sv));
  EXPECT_FALSE(may_wake_at_end(BX_WAITING BX_RUNNING CX_RUNNABLE CALL ""sv));
}

TEST(MayWake, WhereAValueIsNotKnown) {
  EXPECT_TRUE(may_wake_at_end(CALL ""sv));
  EXPECT_TRUE(may_wake_at_end("\x48\x89\xc3" CX_RUNNABLE CALL ""sv));  // mov %rax,%rbx
  EXPECT_FALSE(may_wake_at_end("\x48\x89\xc3" CX_SYSCALL CALL ""sv));
  EXPECT_TRUE(may_wake_at_end(BX_RUNNING CALL CALL ""sv));  // a call changes all registers
}

TEST(MayWake, WhereAnotherWayLeadsToTheCall) {
  // mov $4,%ebx; jmp over mov $2,%ebx to the call.
  EXPECT_TRUE(may_wake_at_end(BX_WAITING "\xeb\x05" BX_RUNNING CALL ""sv));
  // The same by a conditional jump, and by one that may lead anywhere.
  EXPECT_TRUE(may_wake_at_end(BX_WAITING "\x75\x05" BX_RUNNING CALL ""sv));
  EXPECT_TRUE(may_wake_at_end("\xff\xe0" BX_RUNNING CALL ""sv));
  // A jump to before both assignments changes nothing.
  EXPECT_FALSE(may_wake_at_end("\x75\x00" BX_RUNNING CX_RUNNABLE CALL ""sv));
}

}  // namespace
}  // namespace gosnoop::plan
