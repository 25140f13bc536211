// SPDX-License-Identifier: Apache-2.0
#include "analyze/table.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace gosnoop::analyze {
namespace {

TEST(GoroutineTable, Empty) {
  GoroutineTable table;
  EXPECT_EQ(table.find(1), nullptr);
  table.erase(1);
  EXPECT_EQ(table.size(), 0u);
}

TEST(GoroutineTable, ForgetsWhatAnErasedOneHad) {
  GoroutineTable table;
  table.insert(7).looks = 3;
  table.erase(7);
  EXPECT_EQ(table.find(7), nullptr);
  EXPECT_EQ(table.insert(8).looks, 0);
}

TEST(GoroutineTable, BehavesAsASet) {
  GoroutineTable table;
  std::set<Goid> expected;
  std::mt19937_64 random(1);
  for (int i = 0; i < 200'000; ++i) {
    Goid goid = random() % 3000 + 1;
    if (expected.contains(goid)) {
      ASSERT_NE(table.find(goid), nullptr);
      ASSERT_EQ(table.find(goid)->goid, goid);
      table.erase(goid);
      expected.erase(goid);
    } else {
      ASSERT_EQ(table.find(goid), nullptr);
      table.insert(goid);
      expected.insert(goid);
    }
    ASSERT_EQ(table.size(), expected.size());
  }
  std::set<Goid> visited;
  table.for_each([&](const Goroutine& g) { visited.insert(g.goid); });
  EXPECT_EQ(visited, expected);
}

TEST(GoroutineTable, HundredThousandTakeLittleMemory) {
  // What a goroutine costs, slots included: at most 40 MB for 100,000.
  EXPECT_LE(sizeof(Goroutine), 96u);
}

}  // namespace
}  // namespace gosnoop::analyze
