// SPDX-License-Identifier: Apache-2.0
#include "probe/code_changes.h"

#include <gtest/gtest.h>

namespace gosnoop::probe {
namespace {

using Code = std::vector<std::byte>;

Code code(std::initializer_list<unsigned> bytes) {
  Code result;
  for (unsigned byte : bytes) result.push_back(static_cast<std::byte>(byte));
  return result;
}

constexpr LinkAddress kStart{0x401000};

CodeChanges compare(const Code& file, const Code& mapped) {
  return compare_code(file, mapped, kStart);
}

TEST(CodeChanges, NoneInTheSameCode) {
  auto changes = compare(code({0x90, 0xcc, 0xc3}), code({0x90, 0xcc, 0xc3}));
  EXPECT_TRUE(changes.probes.empty()) << "a breakpoint of the file's own is none of a tracer";
  EXPECT_TRUE(changes.others.empty());
  EXPECT_TRUE(compare({}, {}).others.empty());
}

TEST(CodeChanges, ABreakpointIsAProbe) {
  auto changes = compare(code({0x55, 0x90, 0x76}), code({0x55, 0x90, 0xcc}));
  EXPECT_EQ(changes.probes, std::vector{kStart + 2});
  EXPECT_TRUE(changes.others.empty());
}

TEST(CodeChanges, ACallInPlaceOfANopIsAnOptimizedProbe) {
  auto changes = compare(code({0x90, 0x0f, 0x1f, 0x44, 0x00, 0x00, 0x90}),
                         code({0x90, 0xe8, 0x11, 0x22, 0x33, 0x44, 0x90}));
  EXPECT_EQ(changes.probes, std::vector{kStart + 1});
  EXPECT_TRUE(changes.others.empty());
}

TEST(CodeChanges, AnythingElseIsAPatch) {
  auto changes = compare(code({0x55, 0x90, 0x76}), code({0xe8, 0x90, 0x76}));
  EXPECT_TRUE(changes.probes.empty());
  EXPECT_EQ(changes.others, std::vector{kStart});
}

}  // namespace
}  // namespace gosnoop::probe
