// SPDX-License-Identifier: Apache-2.0
#include "snapshot/unwind.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <optional>

#include "../plan/go_program.h"
#include "snapshot/running.h"
#include "snapshot/stacks.h"

namespace gosnoop::snapshot {
namespace {

using Kind = FrameShape::Kind;
using symbol::PcKind;

// A program: each function is a pc. The sizes are in bytes.
constexpr std::uint64_t kLeaf = 0x1000, kSmall = 0x2000, kLarge = 0x3000, kSwitch = 0x4000,
                        kGoexit = 0x9000, kNowhere = 0x7f0000000000;

FrameShape shape_at(std::uint64_t pc) {
  switch (pc) {
    case kLeaf:
      return {Kind::kCalled, 0};
    case kSmall:
      return {Kind::kCalled, 16};
    case kLarge:
      return {Kind::kCalled, 4096};
    case kSwitch:
      return {Kind::kSwitchesStack, 8};
    case kGoexit:
      return {Kind::kOutermost, 0};
    default:
      return {};
  }
}

// A stack that grows downwards, as a program's: the outermost function is called first.
class Stack {
 public:
  static constexpr std::uint64_t kHi = 0xc000100000;

  // `callers` from the innermost on; the words of frames are `filler`.
  explicit Stack(Pcs callers, std::uint64_t filler = kNowhere) {
    for (std::size_t i = callers.size(); i-- > 1;) {
      push(callers[i]);
      for (unsigned j = 0; j < shape_at(callers[i - 1]).size / 8; ++j) push(filler);
    }
    pc_ = callers.front();
  }

  CallStack walk(std::size_t max_frames = 1024, bool at_syscall = false) {
    return walk_part(words_.size() * 8, max_frames, at_syscall);
  }
  // Only its innermost `size` bytes were read.
  CallStack walk_part(std::size_t size, std::size_t max_frames = 1024, bool at_syscall = false) {
    StackBytes bytes(kHi - 0x10000, kHi, sp(), Bytes(copy()).first(size), nullptr);
    FrameShapes shapes(shape_at);
    return unwind({pc_, sp(), at_syscall}, bytes, shapes, max_frames);
  }
  std::uint64_t sp() const { return kHi - words_.size() * 8; }
  const std::vector<std::byte>& copy() {
    bytes_.clear();
    for (std::size_t i = words_.size(); i-- > 0;) {
      auto word = std::as_bytes(std::span(&words_[i], 1));
      bytes_.insert(bytes_.end(), word.begin(), word.end());
    }
    return bytes_;
  }

 private:
  void push(std::uint64_t word) { words_.push_back(word); }

  std::uint64_t pc_ = 0;
  std::vector<std::uint64_t> words_;  // the outermost first
  std::vector<std::byte> bytes_;
};

TEST(Unwind, AWholeStack) {
  Pcs pcs{kSmall, kLarge, kSmall, kGoexit};
  EXPECT_EQ(Stack(pcs).walk(), (CallStack{pcs, StackEnd::kWhole}));
}

TEST(Unwind, AFunctionWithoutAFrame) {
  Pcs pcs{kLeaf, kSmall, kLeaf, kGoexit};  // the third was interrupted and made to call
  EXPECT_EQ(Stack(pcs).walk(), (CallStack{pcs, StackEnd::kWhole}));
}

TEST(Unwind, AGoroutineThatNeverRan) {
  Pcs pcs{kLeaf, kGoexit};
  EXPECT_EQ(Stack(pcs).walk(), (CallStack{pcs, StackEnd::kWhole}));
}

TEST(Unwind, EndsAtTheLimit) {
  Pcs pcs{kSmall, kSmall, kSmall, kGoexit};
  EXPECT_EQ(Stack(pcs).walk(4).end, StackEnd::kWhole);
  EXPECT_EQ(Stack(pcs).walk(3), (CallStack{{kSmall, kSmall, kSmall}, StackEnd::kDeeper}));
  EXPECT_TRUE(Stack(pcs).walk(1).truncated());
}

TEST(Unwind, EndsWhereNothingWasRead) {
  Stack stack({kSmall, kLarge, kSmall, kGoexit});
  EXPECT_EQ(stack.walk_part(64), (CallStack{{kSmall, kLarge}, StackEnd::kDeeper}));
  EXPECT_EQ(stack.walk_part(0), (CallStack{{kSmall}, StackEnd::kDeeper}));
}

TEST(Unwind, AnAddressThatIsNotGoIsNoFrame) {
  EXPECT_EQ(Stack({kSmall, kSmall, kNowhere, kGoexit}).walk(),
            (CallStack{{kSmall, kSmall}, StackEnd::kUnclear}));
  EXPECT_EQ(Stack({kNowhere, kGoexit}).walk(), (CallStack{{}, StackEnd::kUnclear}));
  EXPECT_FALSE(Stack({kNowhere, kGoexit}).walk().truncated());
}

TEST(Unwind, NeverLeavesTheStack) {
  EXPECT_EQ(Stack({kSmall, kSmall}).walk(), (CallStack{{kSmall, kSmall}, StackEnd::kUnclear}));
}

// The runtime's own walk ends there, too, but for a syscall function at its entry.
TEST(Unwind, AFunctionThatSwitchesStacksHasNoCaller) {
  EXPECT_EQ(Stack({kSmall, kSwitch, kGoexit}).walk(),
            (CallStack{{kSmall, kSwitch}, StackEnd::kUnclear}));
  Pcs pcs{kSwitch, kSmall, kGoexit};
  EXPECT_EQ(Stack(pcs).walk(), (CallStack{{kSwitch}, StackEnd::kUnclear}));
  EXPECT_EQ(Stack(pcs).walk(1024, true), (CallStack{pcs, StackEnd::kWhole}));
}

TEST(FrameShapes, AsksOnceForEachPc) {
  std::map<std::uint64_t, int> asked;
  FrameShapes shapes([&](std::uint64_t pc) {
    ++asked[pc];
    return shape_at(pc);
  });
  for (int i = 0; i < 3; ++i) {
    for (auto pc : {kLeaf, kSmall, kLarge, kNowhere}) EXPECT_EQ(shapes.at(pc), shape_at(pc));
  }
  EXPECT_EQ(asked,
            (std::map<std::uint64_t, int>{{kLeaf, 1}, {kSmall, 1}, {kLarge, 1}, {kNowhere, 1}}));
}

// More than it can remember: it forgets, and is right all the same.
TEST(FrameShapes, ManyPcs) {
  FrameShapes shapes([](std::uint64_t pc) {
    return FrameShape{Kind::kCalled, static_cast<std::uint32_t>(pc)};
  });
  for (int round = 0; round < 2; ++round) {
    for (std::uint32_t pc = 1; pc < 20'000; ++pc) ASSERT_EQ(shapes.at(pc).size, pc);
  }
}

// This test's own memory stands for the target's.
TEST(StackBytes, ReadsTheRestFromMemory) {
  auto memory = target::Memory::open(::getpid());
  ASSERT_TRUE(memory) << memory.error().message;
  std::vector<std::uint64_t> words(10'000);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = i;
  auto lo = reinterpret_cast<std::uint64_t>(words.data()), hi = lo + words.size() * 8;
  StackBytes bytes(lo, hi, lo, std::as_bytes(std::span(words)).first(100 * 8), &*memory);
  for (std::size_t i : {0u, 99u, 100u, 5000u, 9999u, 7u}) EXPECT_EQ(bytes.word(lo + i * 8), i);
  EXPECT_FALSE(bytes.word(hi));
  EXPECT_FALSE(bytes.word(hi - 4));
  EXPECT_FALSE(bytes.contains_word(lo - 8));
  EXPECT_TRUE(bytes.contains_word(hi - 8));
}

TEST(UnwindSample, OfAnotherStackIsNone) {
  Stack stack({kLeaf, kSmall, kGoexit});
  target::ThreadSample sample{1, kLeaf, stack.sp(), stack.copy()};
  Goroutine g;
  g.stack_lo = Stack::kHi - 0x10000;
  g.stack_hi = Stack::kHi;
  FrameShapes shapes(shape_at);
  EXPECT_EQ(unwind_sample(sample, g, shapes, 64),
            (CallStack{{kLeaf, kSmall, kGoexit}, StackEnd::kWhole}));
  EXPECT_EQ(unwind_sample(sample, g, shapes, 2), (CallStack{{kLeaf, kSmall}, StackEnd::kDeeper}));
  sample.ip = kSwitch;
  EXPECT_EQ(unwind_sample(sample, g, shapes, 64), CallStack{});
  sample.ip = kNowhere;
  EXPECT_EQ(unwind_sample(sample, g, shapes, 64), CallStack{});
  sample.ip = kLeaf;
  g.stack_hi = stack.sp();
  EXPECT_EQ(unwind_sample(sample, g, shapes, 64), CallStack{});
}

TEST(KindsOf, WhatASignalInterruptedIsExact) {
  const plan::GoProgram program("1.24", "stripped", "hello");
  const auto& binary = program.binary;
  constexpr std::uint64_t kBias = 0x10000000;
  auto in = [&](std::string_view name) {
    return binary.find_function(name)->entry.value + kBias + 5;
  };
  auto main = in("main.main");
  EXPECT_EQ(kinds_of(binary, kBias, {main, in("runtime.sigpanic"), main, main}),
            (std::vector{PcKind::kReturn, PcKind::kReturn, PcKind::kExact, PcKind::kReturn}));
  EXPECT_EQ(kinds_of(binary, kBias, {in("runtime.asyncPreempt"), main, kNowhere, main}),
            (std::vector{PcKind::kReturn, PcKind::kExact, PcKind::kReturn, PcKind::kReturn}));
  EXPECT_EQ(kinds_of(binary, kBias, {main, main}, PcKind::kExact),
            (std::vector{PcKind::kExact, PcKind::kReturn}));
  EXPECT_TRUE(kinds_of(binary, kBias, {}, PcKind::kExact).empty());
}

}  // namespace
}  // namespace gosnoop::snapshot
