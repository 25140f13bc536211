// SPDX-License-Identifier: Apache-2.0
#include "gobin/pc_values.h"

#include <gtest/gtest.h>

#include <string_view>

namespace gosnoop::gobin {
namespace {

using namespace std::string_view_literals;

// One pad byte, since offset 0 means "no table". Then: +1 (to 0) up to 4, +8 (to 8) up to 9, -8
// to 16.
const auto kTable = as_bytes("\xff\x02\x04\x10\x05\x0f\x07\x00"sv);

TEST(PcValues, FindsTheRangeOfAPc) {
  EXPECT_EQ(pc_value(kTable, 1, 16, 0), 0);
  EXPECT_EQ(pc_value(kTable, 1, 16, 3), 0);
  EXPECT_EQ(pc_value(kTable, 1, 16, 4), 8);
  EXPECT_EQ(pc_value(kTable, 1, 16, 8), 8);
  EXPECT_EQ(pc_value(kTable, 1, 16, 9), 0);
  EXPECT_EQ(pc_value(kTable, 1, 16, 15), 0);
}

TEST(PcValues, HasNoValueBehindTheEnd) {
  EXPECT_EQ(pc_value(kTable, 1, 32, 16), std::nullopt);
  EXPECT_EQ(pc_value(kTable, 0, 16, 0), std::nullopt);
  EXPECT_EQ(pc_value(kTable, 100, 16, 0), std::nullopt);
  EXPECT_EQ(pc_value({}, 1, 16, 0), std::nullopt);
}

TEST(PcValues, AFirstDeltaOfZeroIsTheValueMinusOne) {
  EXPECT_EQ(pc_value(as_bytes("\xff\x00\x04\x00"sv), 1, 4, 0), -1);
}

TEST(PcValues, ReadsLongVarints) {
  // zigzag(2 * 300 = 600) = 300 - 1; pc delta 200.
  const auto table = as_bytes("\xff\xd8\x04\xc8\x01\x00"sv);
  EXPECT_EQ(pc_value(table, 1, 300, 199), 299);
  EXPECT_EQ(pc_value(table, 1, 300, 200), std::nullopt);
}

TEST(PcValues, EndsOnDamage) {
  EXPECT_EQ(pc_value(as_bytes("\xff\x02\x00\x02\x00\x02\x00"sv), 1, 16, 0), std::nullopt);
  EXPECT_EQ(pc_value(as_bytes("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv), 1, 16, 0),
            std::nullopt);
  for (std::size_t size = 0; size < kTable.size(); size++) {
    pc_value(kTable.first(size), 1, 16, 15);  // must return
  }
}

}  // namespace
}  // namespace gosnoop::gobin
