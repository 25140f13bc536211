// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "code.h"

namespace gosnoop::plan {
namespace {

using Kind = Instruction::Kind;
using Register = Assignment::Register;

Instruction one(std::string_view bytes) {
  auto code = decode(bytes);
  EXPECT_EQ(code.size(), 1u);
  return code.empty() ? Instruction{} : code[0];
}

TEST(Disassemble, KnowsWhatTheKernelEmulates) {
  EXPECT_EQ(one("\x55"sv).kind, Kind::kPushRbp);
  EXPECT_EQ(one("\x53"sv).kind, Kind::kOther);  // push rbx
  EXPECT_EQ(one("\xc3"sv).kind, Kind::kReturn);
  EXPECT_EQ(one("\xeb\x02"sv).kind, Kind::kJump);
  EXPECT_EQ(one("\x75\x02"sv).kind, Kind::kConditionalJump);
  EXPECT_EQ(one("\xe8\x00\x00\x00\x00"sv).kind, Kind::kCall);
  EXPECT_EQ(one("\xff\xd0"sv).kind, Kind::kCall);  // call rax
}

TEST(Disassemble, GivesTargetsOfDirectJumpsAndCallsOnly) {
  EXPECT_EQ(one("\xeb\x02"sv).target, kCode + 4);
  EXPECT_EQ(one("\x0f\x86\xfa\xff\xff\xff"sv).target, kCode);  // jbe back to itself
  EXPECT_EQ(one("\xe8\x10\x00\x00\x00"sv).target, kCode + 0x15);
  EXPECT_FALSE(one("\xff\xe0"sv).target);  // jmp rax
  EXPECT_FALSE(one("\xff\xd0"sv).target);  // call rax
  EXPECT_FALSE(one("\xc3"sv).target);
}

TEST(Disassemble, TellsTheStackCheckFromOtherJumps) {
  EXPECT_TRUE(one("\x76\x02"sv).below_or_equal);
  EXPECT_TRUE(one("\x0f\x86\x00\x01\x00\x00"sv).below_or_equal);
  EXPECT_FALSE(one("\x75\x02"sv).below_or_equal);
}

TEST(Disassemble, SeesWhatIsPutIntoBxAndCx) {
  auto bx = one("\xbb\x04\x00\x00\x00"sv).assigns;  // mov ebx, 4
  ASSERT_TRUE(bx);
  EXPECT_EQ(bx->to, Register::kBx);
  EXPECT_EQ(bx->constant, 4u);
  auto cx = one("\x48\x89\xd9"sv).assigns;  // mov rcx, rbx
  ASSERT_TRUE(cx);
  EXPECT_EQ(cx->to, Register::kCx);
  EXPECT_FALSE(cx->constant);
  EXPECT_TRUE(one("\x31\xdb"sv).assigns);               // xor ebx, ebx
  EXPECT_FALSE(one("\xb8\x04\x00\x00\x00"sv).assigns);  // mov eax, 4
  EXPECT_FALSE(one("\x48\x39\xcb"sv).assigns);          // cmp rbx, rcx
}

TEST(Disassemble, CountsAddressesAndSizes) {
  auto code = decode("\x55\x48\x89\xe5\xc3"sv);
  ASSERT_EQ(code.size(), 3u);
  EXPECT_EQ(code[1].address, kCode + 1);
  EXPECT_EQ(code[1].size, 3u);
  EXPECT_EQ(code[1].text, "mov rbp, rsp");
  EXPECT_EQ(code[2].address, kCode + 4);
}

TEST(Disassemble, StopsAtTheLimitAndAtWhatIsNoInstruction) {
  EXPECT_EQ(disassemble(as_bytes("\x55\x55\x55"sv), kCode, 2).size(), 2u);
  EXPECT_EQ(decode("\x55\x06\x55"sv).size(), 1u);      // push es: not in 64-bit code
  EXPECT_EQ(decode("\x55\xe8\x00\x00"sv).size(), 1u);  // cut off
  EXPECT_TRUE(decode(""sv).empty());
}

TEST(FindCalls, FindsEachCallOfTheFunctionAndNoOther) {
  auto code = "\x90\xe8\xfa\x0f\x00\x00\xe8\x00\x00\x00\x00\xe8\xf0\x0f\x00\x00"sv;
  auto calls = find_calls(as_bytes(code), kCode, LinkAddress{0x2000});
  EXPECT_EQ(calls, (std::vector{kCode + 1, kCode + 11}));
}

TEST(FindCalls, CountsBackwardDistancesToo) {
  auto calls = find_calls(as_bytes("\xe8\xfb\xff\xff\xff"sv), kCode, kCode);
  EXPECT_EQ(calls, std::vector{kCode});
}

TEST(FindCalls, ReadsNothingBehindTheEnd) {
  EXPECT_TRUE(find_calls(as_bytes(""sv), kCode, kCode).empty());
  EXPECT_TRUE(find_calls(as_bytes("\xe8"sv), kCode, kCode).empty());
  EXPECT_TRUE(find_calls(as_bytes("\xe8\xfb\xff\xff"sv), kCode, kCode).empty());
}

}  // namespace
}  // namespace gosnoop::plan
