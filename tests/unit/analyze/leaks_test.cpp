// SPDX-License-Identifier: Apache-2.0
// Programs that leak. healthy_test.cpp has those that must not be accused.
#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/analyze/world.h"

namespace gosnoop::analyze {
namespace {

const Line kLeak{{"main.handle", "main.main.func1", "main.main"}, "main.handle.func1"};
const Path kSend{"runtime.chansend", "runtime.chansend1", "main.handle.func1"};

Goid leak_one(World& world, const Line& line = kLeak) {
  Goid goid = world.go(line);
  world.park(goid, "chan send", kSend);
  return goid;
}

// Leaks `rate` a second for `seconds`.
Report leak(World& world, double rate, double seconds) {
  world.start();
  world.run(seconds, [&] {
    if (world.each(rate)) leak_one(world);
  });
  return world.finish();
}

const Path kIdle{"runtime.selectgo", "main.work"};

TEST(Leaks, ACrowdIsTheLargestGroupThatIsFine) {
  World world;
  for (int i = 0; i < 1200; ++i)
    world.park(world.go({{"main.main"}, "main.crowd"}), "select", kIdle);
  for (int i = 0; i < 1100; ++i)
    world.park(world.go({{"main.all"}, "main.other"}), "select", kIdle);
  world.start();
  world.run(8);
  Report report = world.report();
  EXPECT_TRUE(report.leaks.empty());
  ASSERT_TRUE(report.crowd);
  EXPECT_EQ(report.crowd->start_function, "main.crowd");
  EXPECT_EQ(report.crowd->count, 1200u);
}

TEST(Leaks, AFewAreNoCrowd) {
  World world;
  for (int i = 0; i < 999; ++i)
    world.park(world.go({{"main.main"}, "main.crowd"}), "select", kIdle);
  world.start();
  world.run(8);
  EXPECT_FALSE(world.report().crowd);
}

TEST(Leaks, NamesTheLine) {
  World world;
  Report report = leak(world, 20, 8);
  ASSERT_EQ(report.leaks.size(), 1u);
  const LeakGroup& group = report.leaks[0];
  EXPECT_EQ(group.verdict, Verdict::kLeaking);
  EXPECT_EQ(group.why,
            "grew by 20.0 a second in every one of 8 slices of the window, none of 160 exited, "
            "all parked at chan send");
  EXPECT_EQ(group.count, 160u);
  EXPECT_EQ(group.created, 160u);
  EXPECT_EQ(group.exited, 0u);
  EXPECT_NEAR(group.growth_per_second, 20, 0.1);
  EXPECT_NEAR(group.oldest_seconds, 8, 0.1);
  EXPECT_NEAR(group.median_age_seconds, 4, 0.1);
  EXPECT_NEAR(group.youngest_seconds, 0, 0.1);
  EXPECT_EQ(group.wait_reason, "chan send");
  EXPECT_EQ(group.start_function, "main.handle.func1");
  EXPECT_EQ(functions(group.created_by), "main.handle main.main.func1 main.main");
  EXPECT_EQ(functions(group.blocked_at), "runtime.chansend runtime.chansend1 main.handle.func1");
  ASSERT_EQ(group.parked.size(), 1u);
  EXPECT_EQ(group.parked[0].count, 160u);
}

TEST(Leaks, NamesThePeersOfThoseInIOWait) {
  const Path kRead{"internal/poll.runtime_pollWait", "net.(*conn).Read", "main.handle.func1"};
  World world;
  world.start();
  std::vector<Goid> goids;
  world.run(8, [&] {
    if (!world.each(20)) return;
    goids.push_back(world.go(kLeak));
    world.park(goids.back(), "IO wait", kRead);
  });
  world.snapshot();
  for (std::size_t i = 0; i < goids.size(); ++i) {
    const auto n = static_cast<std::uint32_t>(i);
    std::string peer = i < 150 ? "10.0.0.5:5432" : "10.0.0.6:" + std::to_string(i);
    world.send(event::GoSocket{world.time(), goids[i], n, i < 150, n, 1, peer});
  }
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  ASSERT_EQ(report.leaks[0].parked.size(), 1u);
  const ParkedAt& place = report.leaks[0].parked[0];
  ASSERT_EQ(place.peers.size(), 5u);
  EXPECT_EQ(place.peers_left_out, 6u);
  EXPECT_EQ(place.peers[0].peer, "10.0.0.5:5432");
  EXPECT_EQ(place.peers[0].count, 150u);
  EXPECT_EQ(place.peers[0].srtt_us, 149u);
  EXPECT_EQ(place.peers[0].retransmits, 150u);
  EXPECT_FALSE(place.peers[1].srtt_us) << "that is no TCP connection";
}

TEST(Leaks, OneASecondIsEnough) {
  World world;
  Report report = leak(world, 1, 8);
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[0].count, 8u);
}

TEST(Leaks, IrregularButSteady) {
  World world;
  world.start();
  std::uint64_t random = 12345;
  world.run(20, [&] {
    random = random * 6364136223846793005u + 1442695040888963407u;
    if ((random >> 33) % 100 < 2) leak_one(world);
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
}

TEST(Leaks, ATenthOfTheCallsOfOnePath) {
  World world;
  world.start();
  std::deque<Goid> ending;
  world.run(8, [&] {
    while (!ending.empty()) {
      world.exit(ending.front());
      ending.pop_front();
    }
    if (world.each(10)) leak_one(world);
    if (world.each(90)) ending.push_back(world.go(kLeak));
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_NEAR(report.leaks[0].growth_per_second, 10, 0.5);
  EXPECT_GT(report.leaks[0].exited, 700u);
}

TEST(Leaks, BesideManyInFlightOnTheSamePath) {
  World world;
  std::deque<Goid> in_flight;
  auto request = [&] {
    in_flight.push_back(world.go(kLeak));
    world.park(in_flight.back(), "IO wait", {"internal/poll.Read", "main.handle.func1"});
  };
  for (int i = 0; i < 500; ++i) request();
  world.start();
  world.run(8, [&] {
    for (int i = 0; i < 25; ++i) {  // 2500 a second, 200 ms each
      world.exit(in_flight.front());
      in_flight.pop_front();
      request();
    }
    if (world.each(3)) leak_one(world);
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
}

TEST(Leaks, TickerLoopThatNeverEnds) {
  World world;
  world.start();
  std::vector<Goid> loops;
  world.run(8, [&] {
    if (world.each(20)) {
      loops.push_back(world.go({{"main.main.func1"}, "main.report"}));
      world.park(loops.back(), "chan receive", {"runtime.chanrecv", "main.report"});
    }
    for (Goid goid : loops) {
      if ((world.ticks() + goid) % 50 == 0) world.stir(goid, event::Waker::kTimer);
    }
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[0].wait_reason, "chan receive");
}

TEST(Leaks, WakesOfATickerMayReachUsAfterTheSnapshot) {
  World world;
  world.start();
  std::vector<Goid> loops;
  world.run(8, [&] {
    if (world.each(20)) {
      loops.push_back(world.go({{"main.main.func1"}, "main.report"}));
      world.park(loops.back(), "chan receive", {"runtime.chanrecv", "main.report"});
    }
    // Parked anew in the table; the ring's record of the wake comes 10 ms later.
    for (Goid goid : loops) {
      if (world.ticks() % 50 == 1) {
        auto since = world.state(goid).since;
        world.stir(goid, event::Waker::kTimer);
        world.state(goid).since = since;
      }
      if (world.ticks() % 50 == 0) world.stir(goid, event::Waker::kUnknown, false);
    }
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
}

// As connections do that are used for a second or two before a response body is forgotten.
TEST(Leaks, GoroutinesThatWorkedBeforeTheyGotStuck) {
  World world;
  world.start();
  std::deque<std::pair<double, Goid>> working;
  world.run(10, [&] {
    if (world.each(1)) working.emplace_back(world.now() + 1.5, leak_one(world));
    while (!working.empty() && working.front().first <= world.now()) working.pop_front();
    for (auto [until, goid] : working) world.stir(goid, event::Waker::kGoroutine);
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
}

TEST(Leaks, ALostBlockTakesNothingFromTheVerdict) {
  World world;
  world.send(event::Loss{event::LossKind::kBlock, 0, 100, 90, 10, 0});
  EXPECT_EQ(leak(world, 20, 8).leaks.at(0).why.find("lost"), std::string::npos);
}

TEST(Leaks, RetryLoopThatSleepsTooShortlyToBeStreamed) {
  World world;
  world.start();
  std::vector<Goid> loops;
  world.run(8, [&] {
    if (world.each(20)) {
      loops.push_back(world.go({{"main.main.func1"}, "main.retry"}));
      world.park(loops.back(), "sleep", {"time.Sleep", "main.retry"});
    }
    for (Goid goid : loops) world.stir(goid, event::Waker::kTimer, false);
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
}

TEST(Leaks, CoroutinesWithoutAParkingTime) {
  World world;
  world.start();
  world.run(8, [&] {
    if (!world.each(20)) return;
    Goid goid = world.go({{"iter.Pull", "main.firstOf"}, "runtime.corostart"});
    world.park(goid, "coroutine", {"runtime.corostart"});
    world.state(goid).since = 0;
    world.state(goid).system = false;
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
}

TEST(Leaks, BlockedInASystemCall) {
  World world;
  world.start();
  world.run(8, [&] {
    if (!world.each(20)) return;
    world.set_status(world.go(kLeak), event::GoStatus::kSyscall, {"syscall.read", "main.f"});
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[0].wait_reason, "syscall");
  EXPECT_TRUE(report.blocking.empty());
}

TEST(Leaks, TwoGoroutinesOfOneCallAreTwoGroups) {
  World world;
  world.start();
  world.run(8, [&] {
    if (!world.each(20)) return;
    for (const char* line : {"main.readLoop", "main.writeLoop"}) {
      Goid goid = world.go({{std::string(line) + "Start", "main.dial"}, line});
      world.park(goid, "select", {"runtime.selectgo", line});
    }
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 2u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[1].verdict, Verdict::kLeaking);
}

TEST(Leaks, FastestComesFirst) {
  World world;
  world.start();
  Line slow{{"main.slow", "main.main"}, "main.slow.func1"};
  world.run(8, [&] {
    if (world.each(5)) leak_one(world, slow);
    if (world.each(20)) leak_one(world);
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 2u);
  EXPECT_EQ(report.leaks[0].created_by[0].function, "main.handle");
  EXPECT_EQ(report.leaks[1].created_by[0].function, "main.slow");
}

TEST(Leaks, OlderMembersParkedWithThemBelongToTheGroup) {
  Options all{.all_groups = true};
  World world(all);
  for (int i = 0; i < 50; ++i) leak_one(world);
  Goid elsewhere = world.go(kLeak);
  world.park(elsewhere, "select", {"runtime.selectgo", "main.handle.func1"});
  Report report = leak(world, 20, 8);
  ASSERT_EQ(report.leaks.size(), 2u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[0].count, 210u);
  EXPECT_EQ(report.leaks[0].older_than_window, 50u);
  EXPECT_NEAR(report.leaks[0].oldest_seconds, 8, 0.1);
  EXPECT_EQ(report.leaks[1].verdict, Verdict::kOk);
  EXPECT_EQ(report.leaks[1].count, 1u);
  EXPECT_EQ(report.leaks[1].older_than_window, 1u);
  EXPECT_EQ(functions(report.leaks[1].created_by), "main.handle");
}

TEST(Leaks, OneLineReachedByManyPaths) {
  World world;
  world.start();
  int call = 0;
  world.run(8, [&] {
    if (!world.each(10)) return;
    std::string route = "main.route" + std::to_string(++call % 40);
    leak_one(world, {{"main.spawn", "main.common", route}, "main.handle.func1"});
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[0].count, 80u);
  EXPECT_EQ(functions(report.leaks[0].created_by), "main.spawn main.common");
}

TEST(Leaks, LostCreationsAndExitsAreHealedBySnapshots) {
  World world;
  world.start();
  std::deque<Goid> ending;
  world.run(8, [&] {
    world.loses_creates = world.ticks() % 3 == 0;
    world.loses_exits = world.ticks() % 5 == 0;
    while (ending.size() > 5) {
      world.exit(ending.front());
      ending.pop_front();
    }
    if (world.each(20)) leak_one(world);
    ending.push_back(world.go({{"main.ok", "main.main"}, "main.ok.func1"}));
  });
  world.send(event::Loss{event::LossKind::kCreate, 0, 100, 90, 10, 0});
  Report report = world.finish();
  EXPECT_EQ(report.goroutines.now, world.live());
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[0].count, 160u);
  EXPECT_EQ(report.leaks[0].start_function, "main.handle.func1");
  EXPECT_NE(
      report.leaks[0].why.find("10 creations or exits were lost, so this rests on the snapshots"),
      std::string::npos);
}

TEST(Leaks, WithoutProbesSnapshotsTellThem) {
  World world;
  world.remove_probes();
  Report report = leak(world, 20, 8);
  ASSERT_EQ(report.leaks.size(), 1u);
  const LeakGroup& group = report.leaks[0];
  EXPECT_EQ(group.verdict, Verdict::kLeaking) << group.why;
  EXPECT_EQ(group.created, 160u);
  EXPECT_NEAR(group.growth_per_second, 20, 0.1);
  EXPECT_NEAR(group.median_age_seconds, 4, 0.6);
  EXPECT_EQ(functions(group.created_by), "main.handle") << "the go statement is all Go remembers";
}

TEST(Leaks, WithoutProbesFourSecondsAreEnough) {
  World world;
  world.remove_probes();
  Report report = leak(world, 20, 4);
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking) << report.leaks[0].why;
}

// Two snapshots show that there are more than before, not that their number grows and grows.
TEST(Leaks, TwoSnapshotsShowNoSteadyGrowth) {
  World world;
  world.remove_probes();
  world.start();
  world.takes_snapshots = false;
  world.run(8, [&] {
    if (world.each(20)) leak_one(world);
  });
  world.takes_snapshots = true;
  for (const auto& group : world.finish().leaks) EXPECT_NE(group.verdict, Verdict::kLeaking);
}

// Those in flight are others at each snapshot.
TEST(Leaks, WithoutProbesShortLivedOnesAreNotAccused) {
  World world;
  world.remove_probes();
  std::deque<Goid> in_flight;
  world.start();
  world.run(10, [&] {
    if (!world.each(50)) return;
    in_flight.push_back(leak_one(world));
    if (in_flight.size() <= 25) return;
    world.exit(in_flight.front());
    in_flight.pop_front();
  });
  EXPECT_TRUE(world.finish().leaks.empty());
}

TEST(Leaks, WithoutSnapshotsOneSignIsASuspicion) {
  World world;
  world.takes_snapshots = false;
  Report report = leak(world, 20, 8);
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kSuspect);
  EXPECT_EQ(report.leaks[0].count, 160u);
  EXPECT_NE(report.leaks[0].why.find("no snapshot shows where they wait"), std::string::npos);
}

TEST(Leaks, WithoutSnapshotsATickerLoopIsSeenByItsWakes) {
  World world;
  world.takes_snapshots = false;
  world.start();
  std::vector<Goid> loops;
  world.run(8, [&] {
    if (world.each(20)) loops.push_back(leak_one(world));
    for (Goid goid : loops) {
      if ((world.ticks() + goid) % 50 == 0) world.stir(goid, event::Waker::kTimer);
    }
  });
  Report report = world.report();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[0].wait_reason, "chan send");
  EXPECT_FALSE(report.window.ended);
}

TEST(Leaks, GrowthOfGoroutinesThatRunIsASuspicion) {
  World world;
  world.start();
  world.run(8, [&] {
    if (world.each(5)) world.set_status(world.go(kLeak), event::GoStatus::kRunning, {});
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kSuspect);
}

TEST(Leaks, GrowthOfGoroutinesThatWorkIsASuspicionAtMost) {
  World world;
  world.start();
  std::vector<Goid> connections;
  world.run(8, [&] {
    if (world.each(10)) {
      connections.push_back(world.go({{"net/http.(*Server).Serve"}, "net/http.(*conn).serve"}));
      world.park(connections.back(), "IO wait", {"net.Read", "net/http.(*conn).serve"});
    }
    for (Goid goid : connections) {
      if ((world.ticks() + goid) % 20 == 0) world.stir(goid, event::Waker::kNetpoll, false);
    }
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kSuspect);
}

TEST(Leaks, ThreeThatStayAreASuspicionOnly) {
  World world;
  Report report = leak(world, 0.5, 8);
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kSuspect);
}

TEST(Leaks, ABurstThatNeverMovedIsSuspectAfterAWhile) {
  World world;
  world.start();
  world.run(1);
  for (int i = 0; i < 20; ++i) leak_one(world);
  world.run(1);
  EXPECT_TRUE(world.report().leaks.empty());
  world.run(4);
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 1u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kSuspect);
  EXPECT_EQ(report.leaks[0].why, "20 created, none of 20 exited, all parked at chan send");
}

TEST(Leaks, SuspectsComeAfterLeaksByCount) {
  World world;
  world.start();
  auto burst = [&](int count, const std::string& name) {
    for (int i = 0; i < count; ++i) leak_one(world, {{name}, name + ".func1"});
  };
  burst(10, "main.small");
  burst(300, "main.big");
  world.run(8, [&] {
    if (world.each(5)) leak_one(world);
  });
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 3u);
  EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking);
  EXPECT_EQ(report.leaks[1].start_function, "main.big.func1");
  EXPECT_EQ(report.leaks[2].start_function, "main.small.func1");
}

}  // namespace
}  // namespace gosnoop::analyze
