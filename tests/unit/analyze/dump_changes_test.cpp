// SPDX-License-Identifier: Apache-2.0
#include "analyze/dump_changes.h"

#include <gtest/gtest.h>

#include "dump_builder.h"

namespace gosnoop::analyze {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

// Goroutines by id at functions; each dump numbers its locations and stacks in its own way.
Dump dump_of(std::uint64_t seconds, std::vector<std::pair<std::uint64_t, std::string>> goroutines) {
  DumpBuilder builder;
  for (std::uint64_t i = 0; i < seconds; ++i)
    builder.stack({builder.location({{"main.other", "", 0}})});
  const auto creator = builder.location({{"main.main", "main.go", 10}});
  for (const auto& [goid, function] : goroutines) {
    const auto stack = builder.stack({builder.location({{function, "main.go", 20}})});
    builder.parked(stack, kReceive, creator).goid = goid;
  }
  builder.dump().time_ns += seconds * kSecond;
  return builder.dump();
}

DumpChanges next(DumpHistory& history, const Dump& dump) {
  return history.next(dump, group_members(dump, select_members(dump, {})));
}

TEST(DumpChanges, NothingChanges) {
  DumpHistory history;
  next(history, dump_of(0, {{1, "main.a"}, {2, "main.b"}}));
  const DumpChanges changes = next(history, dump_of(2, {{1, "main.a"}, {2, "main.b"}}));
  EXPECT_TRUE(changes.changed.empty());
  EXPECT_EQ(changes.elapsed_ns, 2 * kSecond);
  EXPECT_EQ(changes.created + changes.ended, 0U);
}

TEST(DumpChanges, FirstDumpIsAllNew) {
  DumpHistory history;
  const DumpChanges changes = next(history, dump_of(0, {{1, "main.a"}, {2, "main.a"}}));
  ASSERT_EQ(changes.changed.size(), 1U);
  EXPECT_EQ(changes.changed[0].before, 0U);
  EXPECT_EQ(changes.changed[0].now, 2U);
  EXPECT_EQ(changes.elapsed_ns, 0U);
  EXPECT_EQ(changes.before, 0U);
  EXPECT_EQ(changes.created, 2U);
}

TEST(DumpChanges, GrownMostFirstThenShrunkMostFirst) {
  DumpHistory history;
  next(history, dump_of(0, {{1, "a"}, {2, "b"}, {3, "b"}, {4, "c"}, {5, "c"}, {6, "c"}}));
  const DumpChanges changes =
      next(history, dump_of(1, {{1, "a"}, {6, "b"}, {7, "a"}, {8, "d"}, {9, "d"}, {10, "d"}}));
  std::vector<std::pair<std::string, std::int64_t>> found;
  for (const DumpChange& change : changes.changed) {
    found.emplace_back(change.stack.at(0).function, change.growth());
  }
  EXPECT_EQ(found, (decltype(found){{"d", 3}, {"a", 1}, {"c", -3}, {"b", -1}}));
  EXPECT_EQ(changes.changed[2].now, 0U);
  EXPECT_EQ(changes.changed[2].before, 3U);
  EXPECT_EQ(changes.changed[0].created_by.at(0).function, "main.main");
  EXPECT_EQ(changes.changed[0].wait_reason, "chan receive");
}

TEST(DumpChanges, CreatedAndEndedAreById) {
  DumpHistory history;
  next(history, dump_of(0, {{1, "a"}, {2, "a"}, {3, "a"}}));
  const DumpChanges changes = next(history, dump_of(1, {{3, "b"}, {4, "a"}, {5, "a"}}));
  EXPECT_EQ(changes.created, 2U);
  EXPECT_EQ(changes.ended, 2U);
  EXPECT_EQ(changes.before, 3U);
  EXPECT_EQ(changes.now, 3U);
}

TEST(DumpChanges, StayIsByGoroutineAndSinceItWasFirstSeenThere) {
  DumpHistory history;
  next(history, dump_of(0, {{1, "a"}, {2, "a"}}));
  next(history, dump_of(3, {{1, "a"}, {2, "b"}, {3, "a"}}));
  const DumpChanges changes = next(history, dump_of(5, {{1, "a"}, {2, "a"}, {3, "a"}, {4, "a"}}));
  ASSERT_EQ(changes.changed.size(), 2U);
  const DumpChange& a = changes.changed[0];
  EXPECT_EQ(a.stack.at(0).function, "a");
  EXPECT_EQ(a.growth(), 2);
  EXPECT_EQ(a.stayed, 2U);  // 1 and 3: goroutine 2 was elsewhere in between
  EXPECT_EQ(a.longest_stay_ns, 5 * kSecond);
}

TEST(DumpChanges, AGoroutineThatCameBackStartsAnew) {
  DumpHistory history;
  next(history, dump_of(0, {{2, "a"}}));
  next(history, dump_of(3, {{2, "b"}}));
  const DumpChanges changes = next(history, dump_of(5, {{2, "a"}}));
  ASSERT_EQ(changes.changed.size(), 2U);
  EXPECT_EQ(changes.changed[0].stayed, 0U);
  EXPECT_EQ(changes.changed[0].longest_stay_ns, 0U);
}

TEST(DumpChanges, AnotherStateIsAnotherPlace) {
  DumpHistory history;
  next(history, dump_of(0, {{1, "a"}}));
  Dump dump = dump_of(1, {{1, "a"}});
  dump.members[0].status = GoStatus::kRunnable;
  const DumpChanges changes = next(history, dump);
  ASSERT_EQ(changes.changed.size(), 2U);
  EXPECT_EQ(changes.changed[0].status, GoStatus::kRunnable);
  EXPECT_EQ(changes.changed[0].wait_reason, "");
}

TEST(DumpChanges, OddDumps) {
  DumpHistory history;
  EXPECT_EQ(next(history, odd_dump()).now, 5U);
  EXPECT_EQ(next(history, Dump{}).ended, 5U);
  EXPECT_EQ(next(history, odd_dump()).created, 5U);
}

}  // namespace
}  // namespace gosnoop::analyze
