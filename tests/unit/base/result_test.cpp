// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <unordered_set>

#include "base/address.h"

namespace gosnoop {
namespace {

Result<int> parse(bool good) {
  if (!good) return fail(ErrorCode::kIo, "x: no such file", "look elsewhere", 2);
  return 7;
}

Result<int> twice(bool good) {
  TRY_ASSIGN(auto value, parse(good));
  return 2 * value;
}

Result<void> only_try(bool good, bool& reached) {
  TRY(parse(good));
  reached = true;
  return {};
}

TEST(Result, TryAssignGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(twice(true), 14);
  auto failed = twice(false);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kIo);
  EXPECT_EQ(failed.error().message, "x: no such file");
  EXPECT_EQ(failed.error().hint, "look elsewhere");
  EXPECT_EQ(failed.error().os_error, 2);
}

TEST(Result, TryReturnsTheError) {
  bool reached = false;
  EXPECT_FALSE(only_try(false, reached));
  EXPECT_FALSE(reached);
  EXPECT_TRUE(only_try(true, reached));
  EXPECT_TRUE(reached);
}

Result<int> moves() {
  TRY_ASSIGN(auto pointer, Result<std::unique_ptr<int>>(std::make_unique<int>(3)));
  return *pointer;
}

TEST(Result, TryAssignMoves) { EXPECT_EQ(moves(), 3); }

TEST(Error, ContextGoesBeforeTheMessage) {
  auto error = Error{ErrorCode::kKernel, "busy", "wait", 16}.in("attach x").in("pid 1");
  EXPECT_EQ(error.message, "pid 1: attach x: busy");
  EXPECT_EQ(error.hint, "wait");
  EXPECT_EQ(error.os_error, 16);
}

TEST(Address, CountsAndCompares) {
  constexpr LinkAddress at{0x1000};
  static_assert(at + 0x10 == LinkAddress{0x1010});
  static_assert(at - 0x10 == LinkAddress{0xff0});
  static_assert((at + 8) - at == 8);
  static_assert(at < at + 1);
  static_assert(!LinkAddress{} && at);
  static_assert(!std::is_convertible_v<LinkAddress, FileOffset>);
  static_assert(!std::is_convertible_v<std::uint64_t, LinkAddress>);
  EXPECT_EQ((std::unordered_set{at, at, at + 1}).size(), 2u);
}

}  // namespace
}  // namespace gosnoop
