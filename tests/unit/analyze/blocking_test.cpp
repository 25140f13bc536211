// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>

#include "tests/unit/analyze/world.h"

namespace gosnoop::analyze {
namespace {

const Path kWait{"runtime.chanrecv", "runtime.chanrecv1", "main.wait"};

event::BlockTotals totals(event::StackHash stack, std::uint8_t reason, std::uint64_t count,
                          std::uint64_t each_ns) {
  event::BlockTotals t{.stack = stack,
                       .reason = reason,
                       .count = count,
                       .sum_ns = count * each_ns,
                       .max_ns = each_ns,
                       .slots = {}};
  t.slots[static_cast<std::size_t>(std::bit_width(each_ns))] = count;
  return t;
}

event::StackHash parked_stack(World& world, const Path& at) {
  return world.stack(World::parked_path(at), "");
}

TEST(Blocking, TotalsOfOnePlace) {
  World world;
  world.start();
  world.send(totals(parked_stack(world, kWait), 1, 10, 1000));
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  const Hotspot& h = report.blocking[0];
  EXPECT_EQ(h.wait_reason, "chan receive");
  EXPECT_EQ(functions(h.stack), "runtime.chanrecv runtime.chanrecv1 main.wait");
  EXPECT_EQ(h.episodes, 10u);
  EXPECT_EQ(h.total_ns, 10'000u);
  EXPECT_EQ(h.mean_ns, 1000u);
  EXPECT_EQ(h.max_ns, 1000u);
  EXPECT_GE(h.p50_ns, 512u);
  EXPECT_LE(h.p99_ns, 1000u);
  EXPECT_LE(h.p50_ns, h.p99_ns);
}

TEST(Blocking, EpisodesAreSplitByPeer) {
  World world;
  auto stack = parked_stack(world, kWait);
  Endpoint near{{1}, 80}, far{{2}, 5432};
  world.send(event::WaitSocket{7, near, far});
  world.send(event::WaitSocket{8, near, {}});
  auto block = [&](std::uint64_t ns, std::uint32_t socket) {
    world.send(event::GoBlock{
        .time = 1, .goid = 5, .duration_ns = ns, .stack = stack, .reason = 1, .socket = socket});
  };
  block(100, 7), block(300, 7), block(1000, 8), block(5000, 9), block(5000, 0);
  Report report = world.report();
  ASSERT_EQ(report.blocking.size(), 1u);
  const auto& peers = report.blocking[0].peers;
  ASSERT_EQ(peers.size(), 2u) << "a socket that is not known has no peer";
  EXPECT_EQ(peers[0].peer, near.text() + " (listening)");
  EXPECT_EQ(peers[1].peer, far.text());
  EXPECT_EQ(peers[1].episodes, 2u);
  EXPECT_EQ(peers[1].total_ns, 400u);
  EXPECT_EQ(peers[1].max_ns, 300u);
}

const Path kRead{"internal/poll.runtime_pollWait", "net.(*conn).Read", "main.read"};

event::GoSocket socket_at(const World& world, Goid goid, std::uint32_t fd,
                          const std::string& peer) {
  return {world.time(), goid, fd, true, 10 * fd, fd, peer};
}

TEST(Blocking, ThoseThatWaitNowAreSplitByPeer) {
  World world;
  Goid goids[5];
  for (auto& goid : goids)
    world.park(goid = world.go({{"main.main"}, "main.read"}), "IO wait", kRead);
  world.start();
  world.run(1);
  for (std::uint32_t i : {0u, 1u}) world.send(socket_at(world, goids[i], 7, "10.0.0.5:5432"));
  world.send(socket_at(world, goids[2], 8, "10.0.0.5:5432"));
  world.send(socket_at(world, goids[3], 9, "10.0.0.6:80"));
  world.send(socket_at(world, goids[4], 10, "10.0.0.7:80"));
  world.run(0.5);
  world.stir(goids[4], event::Waker::kNetpoll);  // then it waits for who knows whom
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  const auto& peers = report.blocking[0].peers;
  ASSERT_EQ(peers.size(), 2u);
  EXPECT_EQ(peers[0].peer, "10.0.0.5:5432");
  EXPECT_EQ(peers[0].waiting_now, 3u);
  EXPECT_EQ(peers[0].waiting_longest_ns, 1'500'000'000u);
  EXPECT_EQ(peers[0].srtt_us, 80u);
  EXPECT_EQ(peers[0].retransmits, 15u) << "a connection that two wait for counts once";
  EXPECT_EQ(peers[1].peer, "10.0.0.6:80");
  EXPECT_EQ(peers[1].episodes, 0u);
}

// Totals are kept by 8 frames: what lies behind tells that a client may send its next request.
TEST(Blocking, AnIdleConnectionBehindWrappersIsIdle) {
  World world;
  const Path behind_wrappers{
      "runtime.gopark",     "internal/poll.runtime_pollWait", "a", "b", "c", "d", "e", "f",
      "limit.(*conn).Read", "net/http.(*connReader).Read"};
  world.park(world.go({{"main.main"}, "main.serve"}), "IO wait", behind_wrappers);
  world.park(world.go({{"main.main"}, "main.read"}), "IO wait", kRead);
  world.start();
  world.run(1);
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 2u);
  EXPECT_FALSE(report.blocking[0].idle);
  EXPECT_TRUE(report.blocking[1].idle) << "and listed last";
}

TEST(Blocking, ALaterRecordReplacesTheEarlier) {
  World world;
  auto stack = parked_stack(world, kWait);
  world.send(totals(stack, 1, 10, 1000));
  world.send(totals(stack, 1, 30, 1000));
  world.send(totals(stack, 2, 7, 1000));
  Report report = world.report();
  ASSERT_EQ(report.blocking.size(), 2u);
  EXPECT_EQ(report.blocking[0].episodes, 30u);
  EXPECT_EQ(report.blocking[1].episodes, 7u);
}

TEST(Blocking, DifferentAddressesOfEqualLinesAreOnePlace) {
  World world;
  Path other = kWait;
  other.back() = "main.wait+2";  // another pc of the same line
  world.send(totals(parked_stack(world, kWait), 1, 10, 1000));
  world.send(totals(parked_stack(world, other), 1, 5, 4000));
  Report report = world.report();
  ASSERT_EQ(report.blocking.size(), 1u);
  EXPECT_EQ(report.blocking[0].episodes, 15u);
  EXPECT_EQ(report.blocking[0].total_ns, 30'000u);
  EXPECT_EQ(report.blocking[0].max_ns, 4000u);
}

TEST(Blocking, ThoseThatWaitNowAreMatchedByTheInnermostFrames) {
  World world;
  Path deep = {"runtime.chanrecv", "runtime.chanrecv1", "main.f3", "main.f4",
               "main.f5",          "main.f6",           "main.f7"};
  Path deeper = deep;
  deeper.insert(deeper.end(), {"main.f8", "main.f9"});
  event::StackHash innermost = 0;
  {
    Path eight = World::parked_path(deeper);
    eight.erase(eight.begin());  // the kernel leaves out g.sched.pc
    eight.resize(8);
    innermost = world.stack(eight, "");
  }
  for (int i = 0; i < 3; ++i) {
    world.park(world.go({{"main.main"}, "main.f8"}), "chan receive", deeper);
  }
  world.start();
  world.send(totals(innermost, 1, 10, 1000));
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  EXPECT_EQ(report.blocking[0].episodes, 10u);
  EXPECT_EQ(report.blocking[0].waiting_now, 3u);
}

TEST(Blocking, ThoseThatNeverWokeComeLast) {
  World world;
  for (int i = 0; i < 3; ++i) world.park(world.go({{"main.main"}, "main.wait"}), "select", kWait);
  world.start();
  world.send(totals(parked_stack(world, {"main.other"}), 1, 1, 10));
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 2u);
  EXPECT_EQ(report.blocking[1].wait_reason, "select");
  EXPECT_EQ(report.blocking[1].episodes, 0u);
  EXPECT_EQ(report.blocking[1].waiting_now, 3u);
  EXPECT_EQ(report.blocking[1].p99_ns, 0u);
}

TEST(Blocking, WokenSinceTheSnapshotIsNotWaitingNow) {
  World world;
  Goid goid = world.go({{"main.main"}, "main.wait"});
  world.park(goid, "chan receive", kWait);
  world.start();
  EXPECT_EQ(world.report().blocking[0].waiting_now, 1u);
  world.run(0.5);
  world.stir(goid, event::Waker::kGoroutine);
  EXPECT_EQ(world.report().blocking[0].waiting_now, 0u);
}

TEST(Blocking, NamesTheWakers) {
  World world;
  std::vector<Goid> waiters;
  for (int i = 0; i < 10; ++i) {
    waiters.push_back(world.go({{"main.main"}, "main.wait"}));
    world.park(waiters.back(), "chan receive", kWait);
  }
  world.start();
  world.run(1);
  for (int i = 0; i < 7; ++i) world.stir(waiters[i], event::Waker::kGoroutine);
  for (int i = 7; i < 10; ++i) world.stir(waiters[i], event::Waker::kTimer);
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  EXPECT_EQ(report.blocking[0].streamed, 10u);
  ASSERT_EQ(report.blocking[0].wakers.size(), 2u);
  EXPECT_EQ(report.blocking[0].wakers[0].kind, event::Waker::kGoroutine);
  EXPECT_EQ(report.blocking[0].wakers[0].count, 7u);
  EXPECT_EQ(functions(report.blocking[0].wakers[0].stack), "main.waker");
  EXPECT_EQ(report.blocking[0].wakers[1].kind, event::Waker::kTimer);
}

TEST(Blocking, KeepsTheTopFiveWakers) {
  World world;
  world.start();
  auto stack = parked_stack(world, kWait);
  for (std::uint64_t i = 0; i < 20; ++i) {
    auto waker = world.stack({"main.waker" + std::to_string(i)}, "");
    for (std::uint64_t n = 0; n <= i; ++n) {
      world.send(event::GoBlock{.time = world.time(),
                                .goid = 1,
                                .stack = stack,
                                .waker = event::Waker::kGoroutine,
                                .waker_stack = waker,
                                .reason = 1});
    }
  }
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  EXPECT_EQ(report.blocking[0].streamed, 210u);
  ASSERT_EQ(report.blocking[0].wakers.size(), 5u);
  EXPECT_EQ(functions(report.blocking[0].wakers[0].stack), "main.waker19");
  EXPECT_EQ(report.blocking[0].wakers[0].count, 20u);
}

const Line kGo{{"main.start"}, "main.wait"};

TEST(Blocking, WhoWaitedBeforeTheWindowIsListedAndNoEpisode) {
  World world;
  auto woken = world.go(kGo);
  world.go(kGo);
  for (Goid goid : {woken, woken + 1}) world.park(goid, "chan receive", kWait);
  world.start();
  world.run(2.5);
  world.exit(woken);
  world.run(1.5);
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  const Hotspot& h = report.blocking[0];
  EXPECT_EQ(h.episodes, 0u);
  EXPECT_EQ(h.waiting_now, 1u);
  EXPECT_EQ(h.waiting_at_start, 2u);
  EXPECT_EQ(h.waiting_since_start, 1u);
  EXPECT_EQ(h.waiting_longest_ns, 4'000'000'000u);
  EXPECT_EQ(functions(h.stack), "runtime.chanrecv runtime.chanrecv1 main.wait");
}

// Woken and parked anew at the same place: that wait is of the window.
TEST(Blocking, HowLongTheOneWaitsThatWaitsLongest) {
  World world;
  auto goid = world.go(kGo);
  world.park(goid, "chan receive", kWait);
  world.start();
  world.run(1);
  world.stir(goid, event::Waker::kGoroutine, false);
  world.run(2);
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  EXPECT_EQ(report.blocking[0].waiting_longest_ns, 2'000'000'000u);
  EXPECT_EQ(report.blocking[0].waiting_at_start, 1u);
  EXPECT_EQ(report.blocking[0].waiting_since_start, 0u);
}

TEST(Blocking, WhoWaitedAtTheStartIsListedAlsoWhereAllHaveGone) {
  World world;
  auto goid = world.go(kGo);
  world.park(goid, "chan receive", kWait);
  world.start();
  world.run(1);
  world.exit(goid);
  Report report = world.finish();
  ASSERT_EQ(report.blocking.size(), 1u);
  EXPECT_EQ(report.blocking[0].waiting_at_start, 1u);
  EXPECT_EQ(report.blocking[0].waiting_now, 0u);
}

TEST(Blocking, WaitsOfTheRuntimeItselfOnlyOnRequest) {
  for (bool all : {false, true}) {
    World world(Options{.system_waits = all});
    world.send(totals(parked_stack(world, {"runtime.gcBgMarkWorker"}), 9, 10, 1000));
    EXPECT_EQ(world.report().blocking.size(), all ? 1u : 0u);
  }
}

TEST(Blocking, WhatTheKernelHadNoRoomForIsListed) {
  World world;
  world.send(totals(0, 1, 10, 1000));
  Report report = world.report();
  ASSERT_EQ(report.blocking.size(), 1u);
  EXPECT_TRUE(report.blocking[0].stack.empty());
}

TEST(Blocking, UnknownWaitReasonHasItsNumber) {
  World world;
  world.send(totals(parked_stack(world, kWait), 77, 10, 1000));
  EXPECT_EQ(world.report().blocking[0].wait_reason, "wait reason 77");
}

TEST(Blocking, LongestFirst) {
  World world;
  for (int i = 1; i <= 4; ++i) {
    auto stack = parked_stack(world, {"main.wait" + std::to_string(i)});
    world.send(totals(stack, 1, static_cast<std::uint64_t>(i), 1000));
  }
  Report report = world.report();
  ASSERT_EQ(report.blocking.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(functions(report.blocking[i].stack), "main.wait" + std::to_string(4 - i));
  }
}

}  // namespace
}  // namespace gosnoop::analyze
