// SPDX-License-Identifier: Apache-2.0
#include "analyze/dump_groups.h"

#include <gtest/gtest.h>

#include <chrono>

#include "dump_builder.h"

namespace gosnoop::analyze {
namespace {

using Counts = std::vector<std::size_t>;

std::vector<DumpGroup> groups(const Dump& dump, const DumpFilter& filter = {}) {
  return group_members(dump, select_members(dump, filter));
}

Counts counts(const Dump& dump, const DumpFilter& filter = {}) {
  Counts result;
  for (const DumpGroup& group : groups(dump, filter)) result.push_back(group.count());
  return result;
}

// main.main, 3 of main.worker in chan receive, 2 of them inlined elsewhere, and one of the runtime.
DumpBuilder workers() {
  DumpBuilder builder;
  const auto main = builder.location({{"main.main", "main.go", 10}});
  const auto worker =
      builder.location({{"main.take", "main.go", 31}, {"main.worker", "main.go", 40}});
  const auto park = builder.location({{"runtime.gopark", "proc.go", 435}});
  const auto bg = builder.location({{"runtime.bgsweep", "mgcsweep.go", 300}});
  builder.parked(builder.stack({park, main}), kSelect);
  const auto stack = builder.stack({park, worker});
  for (int i = 0; i < 3; ++i) builder.parked(stack, kReceive, main);
  builder.parked(builder.stack({park, bg}), kReceive).system = true;
  return builder;
}

TEST(DumpGroups, BiggestFirstWithoutTheRuntimes) {
  const Dump dump = workers().dump();
  const auto found = groups(dump);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].members, (std::vector<std::uint32_t>{1, 2, 3}));
  EXPECT_EQ(found[1].any(dump).goid, 1U);
}

TEST(DumpGroups, TheRuntimesToo) {
  DumpFilter filter;
  filter.system = true;
  EXPECT_EQ(counts(workers().dump(), filter), (Counts{3, 1, 1}));
}

TEST(DumpGroups, ApartByStatusReasonAndCreator) {
  DumpBuilder builder = workers();
  Dump& dump = builder.dump();
  dump.members[1].status = GoStatus::kRunnable;
  dump.members[2].wait_reason = kSend;
  EXPECT_EQ(counts(dump), (Counts{1, 1, 1, 1}));
  dump.members[2] = dump.members[3];
  dump.members[2].created_by = kNone;
  EXPECT_EQ(counts(dump), (Counts{1, 1, 1, 1}));
}

TEST(DumpGroups, OldReasonsOfThoseThatDoNotWaitTellNothing) {
  DumpBuilder builder = workers();
  for (Member& member : builder.dump().members) member.status = GoStatus::kRunnable;
  builder.dump().members[1].wait_reason = kSend;
  EXPECT_EQ(counts(builder.dump()), (Counts{3, 1}));
}

TEST(DumpGroups, TogetherWhereTheFramesAreTheSame) {
  DumpBuilder builder = workers();
  Dump& dump = builder.dump();
  const auto same = dump.stacks[dump.members[1].stack].locations;
  const auto twin = builder.location(dump.locations[same[1]].lines);
  dump.members[1].stack = builder.stack({same[0], twin});
  dump.members[2].stack = builder.stack(same);
  dump.members[3].created_by = builder.location({{"main.main", "main.go", 10}});
  EXPECT_EQ(counts(dump), (Counts{3, 1}));
  dump.members[2].stack = builder.stack(same, true);
  EXPECT_EQ(counts(dump), (Counts{2, 1, 1}));
}

TEST(DumpGroups, SumsUpWhatTheyWaitFor) {
  DumpBuilder builder = workers();
  const auto one = builder.waits(waits_for_channel(1)), two = builder.waits(waits_for_channel(2));
  Dump& dump = builder.dump();
  dump.members[1].waits_for = one;
  dump.members[2].waits_for = dump.members[3].waits_for = two;
  using Waits = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  EXPECT_EQ(groups(dump)[0].waits_for, (Waits{{two, 2}, {one, 1}}));
  EXPECT_EQ(groups(dump)[1].waits_for, Waits{});
}

TEST(DumpGroups, LongestWaitIsUnknownOrTheOldest) {
  DumpBuilder builder = workers();
  EXPECT_EQ(groups(builder.dump())[0].longest_wait_ns, 0U);
  builder.dump().members[1].waiting_since_ns = kDumpTime - 5;
  builder.dump().members[2].waiting_since_ns = kDumpTime - 70;
  builder.dump().members[3].waiting_since_ns = kDumpTime + 9;  // GC may note a time after ours
  EXPECT_EQ(groups(builder.dump())[0].longest_wait_ns, 70U);
}

TEST(DumpGroups, WhoRunsDoesNotWait) {
  DumpBuilder builder = workers();
  Member& member = builder.dump().members[1];
  member.waiting_since_ns = kDumpTime - 70;
  for (const auto& [status, wait] : {std::pair(GoStatus::kWaiting, 70),
                                     {GoStatus::kSyscall, 70},
                                     {GoStatus::kRunning, 0},
                                     {GoStatus::kRunnable, 0}}) {
    member.status = status;
    EXPECT_EQ(wait_ns(builder.dump(), member), static_cast<std::uint64_t>(wait));
  }
}

TEST(DumpFilter, WaitReasonIsExact) {
  EXPECT_EQ(counts(workers().dump(), {.wait_reason = "chan receive"}), (Counts{3}));
  EXPECT_EQ(counts(workers().dump(), {.wait_reason = "chan"}), Counts{});
}

TEST(DumpFilter, FunctionOfAnyFrameInlinedOnesToo) {
  EXPECT_EQ(counts(workers().dump(), {.function = std::regex("^main\\.take$")}), (Counts{3}));
  EXPECT_EQ(counts(workers().dump(), {.function = std::regex("gopark")}), (Counts{3, 1}));
  EXPECT_EQ(counts(workers().dump(), {.function = std::regex("nowhere")}), Counts{});
}

TEST(DumpFilter, CreatingFunction) {
  EXPECT_EQ(counts(workers().dump(), {.created_by = std::regex("main\\.main")}), (Counts{3}));
  EXPECT_EQ(counts(workers().dump(), {.created_by = std::regex("worker")}), Counts{});
}

TEST(DumpFilter, MinWaitLeavesOutTheUnknown) {
  DumpBuilder builder = workers();
  builder.dump().members[0].waiting_since_ns = kDumpTime - 99;
  builder.dump().members[1].waiting_since_ns = kDumpTime - 100;
  EXPECT_EQ(counts(builder.dump(), {.min_wait_ns = 100}), (Counts{1}));
}

TEST(DumpGroups, OddIndicesAreGroupsToo) {
  EXPECT_EQ(counts(odd_dump()).size(), 5U);
  EXPECT_TRUE(groups(Dump{}).empty());
}

TEST(DumpGroups, AMillionEachWithAWaitOfItsOwn) {
  DumpBuilder builder = workers();
  Dump& dump = builder.dump();
  const Member worker = dump.members[1];
  dump.members.assign(1'000'000, worker);
  for (std::uint32_t i = 0; i < dump.members.size(); ++i) {
    dump.members[i].waits_for = builder.waits(waits_for_channel(i));
  }
  const auto start = std::chrono::steady_clock::now();
  const auto found = groups(dump, {.function = std::regex("main\\.(take|give)")});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  RecordProperty("milliseconds", std::to_string(took.count() * 1000));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].count(), 1'000'000U);
  EXPECT_EQ(found[0].waits_for.size(), 1'000'000U);
}

}  // namespace
}  // namespace gosnoop::analyze
