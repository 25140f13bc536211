// SPDX-License-Identifier: Apache-2.0
#include "symbol/symbols.h"

#include <gtest/gtest.h>

namespace gosnoop::symbol {
namespace {

TEST(Symbols, AnUnknownAddressIsANumber) {
  Frames frames = Symbols().at(0x4711);
  ASSERT_EQ(frames.size(), 1u);
  EXPECT_EQ(frames[0], (Frame{"0x4711", "", 0}));
}

TEST(Symbols, AnAddressOutsideTheGoTextIsANumberToo) {
  Symbols symbols;
  symbols.on(event::Symbol{0x4711, {}});
  EXPECT_EQ(symbols.at(0x4711)[0].function, "0x4711");
}

TEST(Symbols, InlinedCallsAreFrames) {
  Symbols symbols;
  symbols.on(event::Symbol{1, {{"main.inner", "a.go", 3}, {"main.outer", "b.go", 7}}});
  EXPECT_EQ(symbols.at(1), (Frames{{"main.inner", "a.go", 3}, {"main.outer", "b.go", 7}}));
}

TEST(Symbols, AStackIsTheLinesOfItsFrames) {
  Symbols symbols;
  // The stack may come before its symbols.
  symbols.on(event::Stack{9, false, {1, 2, 3}});
  symbols.on(event::Symbol{1, {{"main.inner", "a.go", 3}, {"main.outer", "b.go", 7}}});
  symbols.on(event::Symbol{3, {{"main.main", "c.go", 9}}});
  EXPECT_EQ(symbols.stack(9), (Frames{{"main.inner", "a.go", 3},
                                      {"main.outer", "b.go", 7},
                                      {"0x2", "", 0},
                                      {"main.main", "c.go", 9}}));
  ASSERT_NE(symbols.find_stack(9), nullptr);
  EXPECT_EQ(symbols.find_stack(9)->frames.size(), 3u);
}

TEST(Symbols, AStackThatWasNeverDeliveredIsEmpty) {
  Symbols symbols;
  symbols.on(event::Stack{0, false, {1}});  // 0 names no stack
  EXPECT_TRUE(symbols.stack(0).empty());
  EXPECT_TRUE(symbols.stack(5).empty());
  EXPECT_EQ(symbols.find_stack(5), nullptr);
}

}  // namespace
}  // namespace gosnoop::symbol
