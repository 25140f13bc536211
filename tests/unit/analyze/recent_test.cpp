// SPDX-License-Identifier: Apache-2.0
#include "analyze/recent.h"

#include <gtest/gtest.h>

#include <bit>

#include "analyze/probe_cost.h"
#include "tests/unit/analyze/world.h"

namespace gosnoop::analyze {
namespace {

const Line kWorker{{"main.start", "main.main"}, "main.work"};
const Line kOther{{"main.start", "main.other"}, "main.work"};
const Path kWait{"runtime.chanrecv", "main.wait"};

World world_of_all_groups() { return World(Options{.all_groups = true, .empty_groups = true}); }

const GroupChange* group(const Recent& recent, const std::string& path) {
  for (const auto& change : recent.groups) {
    if (functions(change.group.created_by) == path) return &change;
  }
  return nullptr;
}

void add(event::BlockTotals& totals, std::uint64_t count, std::uint64_t each_ns) {
  totals.count += count;
  totals.sum_ns += count * each_ns;
  totals.max_ns = std::max(totals.max_ns, each_ns);
  totals.slots[static_cast<std::size_t>(std::bit_width(each_ns))] += count;
}

TEST(Recent, RatesAreOfTheTimeBetweenTheReports) {
  World world = world_of_all_groups();
  world.start();
  world.run(2, [&] {
    if (world.each(50)) world.go(kWorker);
  });
  Report before = world.report();
  std::vector<Goid> made;
  world.run(2, [&] {
    if (world.each(10)) made.push_back(world.go(kWorker));
  });
  for (std::size_t i = 0; i < 5; ++i) world.exit(made[i]);
  world.snapshot();
  Recent recent = analyze::recent(before, world.report());
  EXPECT_NEAR(recent.seconds, 2, 0.01);
  EXPECT_NEAR(recent.created_per_second, 10, 0.1);
  EXPECT_NEAR(recent.exited_per_second, 2.5, 0.1);
  const auto* workers = group(recent, "main.start main.main");
  ASSERT_NE(workers, nullptr);
  EXPECT_EQ(workers->group.count, 115u);
  EXPECT_NEAR(workers->created_per_second, 10, 0.1);
  EXPECT_NEAR(workers->exited_per_second, 2.5, 0.1);
  ASSERT_TRUE(workers->growth_per_second);
  EXPECT_NEAR(*workers->growth_per_second, 7.5, 0.1);
}

TEST(Recent, WithoutAnEarlierReportThereAreNoRates) {
  World world = world_of_all_groups();
  world.go(kWorker);
  world.start();
  Recent recent = no_earlier(world.report());
  EXPECT_EQ(recent.seconds, 0);
  ASSERT_EQ(recent.groups.size(), 1u);
  EXPECT_FALSE(recent.groups[0].growth_per_second);
}

TEST(Recent, MembersFromBeforeThatEndShrinkTheirGroup) {
  World world = world_of_all_groups();
  std::vector<Goid> old;
  for (int i = 0; i < 10; ++i) old.push_back(world.go(kWorker));
  world.start();
  world.run(2);
  Report before = world.report();
  for (int i = 0; i < 4; ++i) world.exit(old[static_cast<std::size_t>(i)]);
  world.run(2);
  Recent recent = analyze::recent(before, world.report());
  ASSERT_EQ(recent.groups.size(), 1u);
  EXPECT_EQ(recent.groups[0].group.count, 6u);
  ASSERT_TRUE(recent.groups[0].growth_per_second);
  EXPECT_NEAR(*recent.groups[0].growth_per_second, -2, 0.05);
  EXPECT_NEAR(recent.groups[0].exited_per_second, 2, 0.05);
}

// Only the go statement is known of both: one line, though the ledger has them apart.
TEST(Recent, WithoutProbesThoseOlderThanTheWindowAreInTheSameGroup) {
  World world = world_of_all_groups();
  world.remove_probes();
  for (int i = 0; i < 10; ++i) world.go(kWorker);
  world.start();
  world.run(2);
  Report before = world.report();
  for (int i = 0; i < 6; ++i) world.go(kWorker);
  world.run(2);
  Recent recent = analyze::recent(before, world.report());
  ASSERT_EQ(recent.groups.size(), 1u);
  EXPECT_EQ(recent.groups[0].group.count, 16u);
  EXPECT_EQ(recent.groups[0].group.older_than_window, 10u);
  ASSERT_TRUE(recent.groups[0].growth_per_second);
  EXPECT_NEAR(*recent.groups[0].growth_per_second, 3, 0.05);
}

// A leak takes those from before the window to it that are parked with it: nobody was created or
// ended by that.
TEST(Recent, AVerdictThatPutsGroupsTogetherIsNoGrowth) {
  World world = world_of_all_groups();
  for (int i = 0; i < 20; ++i) world.park(world.go(kWorker), "chan receive", kWait);
  world.start();
  Report before;
  bool was_split = false, was_joined = false;
  for (int second = 0; second < 12; ++second) {
    world.run(1, [&] {
      if (world.each(10)) world.park(world.go(kWorker), "chan receive", kWait);
    });
    Report now = world.report();
    double growth = 0;
    const Recent recent = analyze::recent(before, now);
    for (const auto& change : recent.groups) growth += change.growth_per_second.value_or(0);
    if (second > 0) {
      EXPECT_NEAR(growth, 10, 0.5) << "in second " << second;
    }
    (now.leaks.size() > 1 ? was_split : was_joined) = true;
    before = now;
  }
  EXPECT_TRUE(was_split && was_joined) << "the world does not show what this is about";
}

// Goroutines that come and go are counted also where none of them is there when anybody looks.
TEST(Recent, AGroupThatIsEmptyForAMoment) {
  World world = world_of_all_groups();
  world.start();
  auto come_and_go = [&] {
    if (world.each(20)) world.exit(world.go(kWorker));
  };
  world.run(2, come_and_go);
  Report before = world.report();
  world.run(2, come_and_go);
  Goid last = world.go(kWorker);
  world.run(2, come_and_go);
  Recent recent = analyze::recent(before, world.report());
  ASSERT_EQ(recent.groups.size(), 1u);
  EXPECT_EQ(recent.groups[0].group.count, 1u);
  EXPECT_NEAR(recent.groups[0].created_per_second, 20.25, 0.3);
  before = world.report();
  world.exit(last);
  world.run(2, come_and_go);
  recent = analyze::recent(before, world.report());
  ASSERT_EQ(recent.groups.size(), 1u) << "none is there, but some were";
  EXPECT_NEAR(recent.groups[0].created_per_second, 20, 0.3);
  EXPECT_NEAR(recent.groups[0].growth_per_second.value_or(9), -0.5, 0.1);
  before = world.report();
  world.run(2);
  EXPECT_TRUE(analyze::recent(before, world.report()).groups.empty());
}

TEST(Recent, RegroupedIsNotKnown) {
  Report before, after;
  before.window.seconds = 1;
  after.window.seconds = 2;
  LeakGroup one;
  one.start_function = "main.work";
  one.created_by = {{"main.start", "", 1}, {"main.main", "", 2}};
  one.count = one.created = 5;
  before.leaks = {one};
  LeakGroup joined = one;
  joined.created_by.pop_back();
  joined.count = joined.created = 12;
  after.leaks = {joined};
  Recent recent = analyze::recent(before, after);
  ASSERT_EQ(recent.groups.size(), 1u);
  EXPECT_FALSE(recent.groups[0].growth_per_second);
}

TEST(Recent, QuantilesAreOfTheWaitsInBetween) {
  World world = world_of_all_groups();
  world.start();
  event::BlockTotals totals{
      .stack = world.stack(World::parked_path(kWait), ""), .reason = 1, .slots = {}};
  add(totals, 1000, 5'000'000);
  world.send(totals);
  world.run(1);
  Report before = world.report();
  add(totals, 100, 1000);
  world.send(totals);
  world.run(1);
  Recent recent = analyze::recent(before, world.report());
  ASSERT_EQ(recent.blocking.size(), 1u);
  const Hotspot& wait = recent.blocking[0];
  EXPECT_EQ(wait.episodes, 100u);
  EXPECT_EQ(wait.total_ns, 100'000u);
  EXPECT_EQ(wait.mean_ns, 1000u);
  EXPECT_LE(wait.p99_ns, 1024u) << "the long ones were before";
  EXPECT_GE(wait.p50_ns, 512u);
}

TEST(Recent, APlaceWhereNothingHappenedIsNotListed) {
  World world = world_of_all_groups();
  world.start();
  event::BlockTotals totals{
      .stack = world.stack(World::parked_path(kWait), ""), .reason = 1, .slots = {}};
  add(totals, 10, 1000);
  world.send(totals);
  world.run(1);
  Report before = world.report();
  world.run(1);
  EXPECT_TRUE(analyze::recent(before, world.report()).blocking.empty());
}

TEST(Recent, WakersAreThoseOfTheWaitsInBetween) {
  Report before, after;
  Hotspot wait;
  wait.key = "k";
  wait.episodes = wait.streamed = 100;
  const Frames a{{"main.a", "a.go", 1}}, b{{"main.b", "b.go", 1}}, c{{"main.c", "c.go", 1}};
  wait.wakers = {{event::Waker::kGoroutine, a, 90}, {event::Waker::kGoroutine, b, 10}};
  before.blocking = {wait};
  wait.episodes = wait.streamed = 130;
  wait.wakers = {{event::Waker::kGoroutine, a, 90},
                 {event::Waker::kGoroutine, b, 35},
                 {event::Waker::kGoroutine, c, 5}};
  after.blocking = {wait};
  after.window.seconds = 1;
  Recent recent = analyze::recent(before, after);
  ASSERT_EQ(recent.blocking.size(), 1u);
  const auto& wakers = recent.blocking[0].wakers;
  ASSERT_EQ(wakers.size(), 2u);
  EXPECT_EQ(functions(wakers[0].stack), "main.b");
  EXPECT_EQ(wakers[0].count, 25u);
  EXPECT_EQ(wakers[1].count, 5u);
}

TEST(Recent, SyscallsPeersAndLosses) {
  Report before, after;
  before.window.seconds = 10;
  after.window.seconds = 12;
  SyscallUse read;
  read.name = "read";
  read.count = 100;
  read.errors = {{"EAGAIN", 3}};
  read.failed = 3;
  before.syscalls = {read};
  read.count = 140;
  read.failed = 4;
  read.errors = {{"EAGAIN", 3}, {"EBADF", 1}};
  SyscallUse futex;
  futex.name = "futex";
  futex.runtime = true;
  futex.count = 9;
  after.syscalls = {read, futex};
  TcpPeer peer;
  peer.address = "10.0.0.5:5432";
  peer.bytes_sent = 1000;
  before.tcp.peers = {peer};
  peer.bytes_sent = 5000;
  after.tcp.peers = {peer};
  before.losses = {{"block", 100, 90, 10, 0}};
  before.probe_cost = {20'000'000, 100, 30'000, 500, 10, 5'000, 1'000};
  after.losses = {{"block", 300, 290, 10, 0}};
  after.probe_cost = {60'000'000, 900, 430'000, 500, 410, 205'000, 5'000};
  Recent recent = analyze::recent(before, after);
  ASSERT_EQ(recent.syscalls.size(), 1u) << "the runtime's own are not shown";
  EXPECT_EQ(recent.syscalls[0].count, 40u);
  EXPECT_EQ(recent.syscalls[0].failed, 1u);
  EXPECT_EQ(recent.syscalls[0].errors, (std::map<std::string, std::uint64_t>{{"EBADF", 1}}));
  ASSERT_EQ(recent.peers.size(), 1u);
  EXPECT_EQ(recent.peers[0].sent_per_second, 2000);
  ASSERT_EQ(recent.losses.size(), 1u);
  EXPECT_EQ(recent.losses[0].seen, 200u);
  const CostRate rate = rate_of(recent.probe_cost);
  EXPECT_DOUBLE_EQ(rate.hits_per_second, 20'000);
  EXPECT_DOUBLE_EQ(rate.calls_per_second, 10'000);
  // 400 µs of programs, 400 µs of traps and 200 µs for system calls in 40 ms
  EXPECT_DOUBLE_EQ(rate.cores, 0.025);
  EXPECT_DOUBLE_EQ(rate.others_cores, 0.0001);
  EXPECT_EQ(recent.losses[0].dropped, 0u);
}

TEST(MemberList, OfAGroupAndOfAWaitingLine) {
  World world = world_of_all_groups();
  for (int i = 0; i < 3; ++i) world.park(world.go(kWorker), "chan receive", kWait);
  world.start();
  world.run(1);
  for (int i = 0; i < 4; ++i) world.park(world.go(kOther), "chan send", kWait);
  world.run(2);
  Report report = world.report();
  ASSERT_EQ(report.leaks.size(), 2u);
  for (const LeakGroup& leak : report.leaks) {
    const auto list = world.pipeline().members_of(leak, 2);
    EXPECT_EQ(list.all, leak.count) << functions(leak.created_by);
    EXPECT_EQ(list.members.size(), 2u);
  }
  ASSERT_EQ(report.blocking.size(), 2u);
  for (const Hotspot& wait : report.blocking) {
    const auto list = world.pipeline().waiting_at(wait, 100);
    EXPECT_EQ(list.all, wait.waiting_now) << wait.wait_reason;
    for (const Member& member : list.members) EXPECT_EQ(member.wait_reason, wait.wait_reason);
  }
}

}  // namespace
}  // namespace gosnoop::analyze
