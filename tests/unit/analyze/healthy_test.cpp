// SPDX-License-Identifier: Apache-2.0
// Healthy programs: whatever they do, nothing in them may be accused.
#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/analyze/world.h"

namespace gosnoop::analyze {
namespace {

const Line kRequest{{"main.serve", "main.main"}, "main.serve.func1"};
const Line kConnection{{"net/http.(*Server).Serve", "main.main"}, "net/http.(*conn).serve"};
const Path kRead{"internal/poll.runtime_pollWait", "net.Read", "net/http.(*conn).serve"};
const Path kReceive{"runtime.chanrecv", "runtime.chanrecv2", "main.worker"};

void expect_nothing(const Report& report) {
  for (const auto& group : report.leaks) {
    ADD_FAILURE() << group.start_function << " is accused: " << group.why;
  }
}

// Requests at `rate`, each parked for `lifetime`; before the window for `lead` seconds too.
Report serve(double rate, double lifetime, double lead, double window) {
  World world;
  std::deque<std::pair<double, Goid>> requests;
  auto step = [&] {
    while (!requests.empty() && requests.front().first <= world.now()) {
      world.exit(requests.front().second);
      requests.pop_front();
    }
    if (!world.each(rate)) return;
    requests.emplace_back(world.now() + lifetime, world.go(kRequest));
    world.park(requests.back().second, "select", {"runtime.selectgo", "main.serve.func1"});
  };
  world.run(lead, step);
  world.start();
  world.run(window, step);
  return world.finish();
}

TEST(Healthy, ShortRequests) { expect_nothing(serve(100, 0.05, 1, 8)); }
TEST(Healthy, RequestsOfASecond) { expect_nothing(serve(50, 1.2, 3, 8)); }
TEST(Healthy, RequestsOfHalfTheWindow) { expect_nothing(serve(20, 4, 10, 8)); }
TEST(Healthy, RequestsOfHalfTheWindowUnderNewLoad) { expect_nothing(serve(20, 4, 0, 8)); }
TEST(Healthy, RequestsOfThreeQuartersOfTheWindow) { expect_nothing(serve(20, 6, 10, 8)); }
TEST(Healthy, RequestsOfThreeQuartersOfTheWindowUnderNewLoad) {
  expect_nothing(serve(20, 6, 0, 8));
}
TEST(Healthy, RequestsOfNearlyTheWindow) { expect_nothing(serve(20, 7.2, 10, 8)); }
TEST(Healthy, RequestsOfTheWindow) { expect_nothing(serve(20, 8, 10, 8)); }
TEST(Healthy, RequestsLongerThanTheWindow) { expect_nothing(serve(20, 12, 20, 8)); }
TEST(Healthy, FewRequestsLongerThanTheWindow) { expect_nothing(serve(1, 15, 40, 8)); }

TEST(Healthy, LongPollsAmongShortRequestsOfOnePath) {
  World world;
  std::deque<std::pair<double, Goid>> requests, polls;
  auto end_due = [&](auto& queue) {
    while (!queue.empty() && queue.front().first <= world.now()) {
      world.exit(queue.front().second);
      queue.pop_front();
    }
  };
  auto step = [&] {
    end_due(requests);
    end_due(polls);
    if (world.each(80)) requests.emplace_back(world.now() + 0.02, world.go(kRequest));
    if (!world.each(4)) return;
    polls.emplace_back(world.now() + 20, world.go(kRequest));
    world.park(polls.back().second, "select", {"runtime.selectgo", "main.serve.func1"});
  };
  world.run(30, step);
  world.start();
  world.run(8, step);
  expect_nothing(world.finish());
}

TEST(Healthy, WhatIsOlderThanTheWindowIsNeverAccused) {
  World world;
  Line pool{{"main.startPool"}, "main.worker"};
  for (int i = 0; i < 1000; ++i) {
    world.park(world.go(pool), "chan receive", kReceive);
    world.park(world.go(kConnection), "IO wait", kRead);
  }
  world.start();
  world.run(8);
  expect_nothing(world.finish());
}

TEST(Healthy, SmallIdlePoolOfTheWindow) {
  World world;
  world.start();
  for (int i = 0; i < 4; ++i) {
    world.park(world.go({{"main.startPool"}, "main.worker"}), "chan receive", kReceive);
  }
  world.run(8);
  expect_nothing(world.finish());
}

TEST(Healthy, PoolOfTheWindowThatIsFed) {
  World world;
  world.start();
  std::vector<Goid> pool;
  for (int i = 0; i < 16; ++i) {
    pool.push_back(world.go({{"main.startPool"}, "main.worker"}));
    world.park(pool.back(), "chan receive", kReceive);
  }
  std::size_t next = 0;
  world.run(8, [&] {
    if (world.each(20)) world.stir(pool[next++ % pool.size()], event::Waker::kGoroutine);
  });
  expect_nothing(world.finish());
}

TEST(Healthy, TickersStartedInTheWindow) {
  World world;
  world.start();
  std::vector<Goid> tickers;
  for (int i = 0; i < 10; ++i) {
    tickers.push_back(world.go({{"main.startScrapers"}, "main.scrape"}));
    world.park(tickers.back(), "select", {"runtime.selectgo", "main.scrape"});
  }
  world.run(8, [&] {
    for (Goid goid : tickers) {
      if (world.ticks() % 100 == 7) world.stir(goid, event::Waker::kTimer);
    }
  });
  expect_nothing(world.finish());
}

// A hundred connections that open in the first second, as wrk's do, and are served from then on.
void keep_alive(bool streamed) {
  World world;
  world.start();
  std::vector<Goid> connections;
  std::vector<Goid> reads;
  world.run(8, [&] {
    if (world.now() <= 1 && world.each(100)) {
      connections.push_back(world.go(kConnection));
      world.park(connections.back(), "IO wait", kRead);
    }
    for (Goid goid : reads) world.exit(goid);
    reads.clear();
    for (Goid goid : connections) {
      if ((world.ticks() + goid) % 10 != 0) continue;
      world.stir(goid, event::Waker::kNetpoll, streamed);
      reads.push_back(world.go({{"net/http.startBackgroundRead"}, "net/http.backgroundRead"}));
    }
  });
  expect_nothing(world.finish());
}

TEST(Healthy, KeepAliveConnections) { keep_alive(true); }
TEST(Healthy, KeepAliveConnectionsWithWaitsTooShortToBeStreamed) { keep_alive(false); }

TEST(Healthy, ConnectionsThatComeInTheMiddleAndAreServed) {
  World world;
  world.start();
  std::vector<Goid> connections;
  world.run(8, [&] {
    if (world.now() > 4 && connections.size() < 100) {
      connections.push_back(world.go(kConnection));
      world.park(connections.back(), "IO wait", kRead);
    }
    for (Goid goid : connections) {
      if ((world.ticks() + goid) % 10 == 0) world.stir(goid, event::Waker::kNetpoll, false);
    }
  });
  expect_nothing(world.finish());
}

TEST(Healthy, ConnectionsOneByOneWithTheOldOnesClosing) {
  World world;
  std::deque<Goid> connections;
  auto open = [&] {
    connections.push_back(world.go(kConnection));
    world.park(connections.back(), "IO wait", kRead);
  };
  for (int i = 0; i < 200; ++i) open();
  world.start();
  world.run(8, [&] {
    if (!world.each(5)) return;
    open();
    world.exit(connections.front());
    connections.pop_front();
  });
  expect_nothing(world.finish());
}

TEST(Healthy, WorkThatMovesOnFromPlaceToPlace) {
  World world;
  world.start();
  std::deque<std::pair<double, Goid>> jobs;
  world.run(8, [&] {
    while (!jobs.empty() && jobs.front().first <= world.now()) {
      world.exit(jobs.front().second);
      jobs.pop_front();
    }
    if (world.each(10)) jobs.emplace_back(world.now() + 3, world.go(kRequest));
    for (auto [end, goid] : jobs) {
      std::string place = "main.step" + std::to_string((world.ticks() / 40) % 5);
      world.park(goid, "select", {"runtime.selectgo", place});
    }
  });
  expect_nothing(world.finish());
}

TEST(Healthy, SystemGoroutinesAreNoGroup) {
  World world(Options{.all_groups = true});
  world.start();
  world.run(8, [&] {
    if (!world.each(20)) return;
    Goid goid = world.go({{"runtime.gcBgMarkStartWorkers"}, "runtime.gcBgMarkWorker"});
    world.park(goid, "force gc (idle)", {"runtime.gcBgMarkWorker"});
  });
  Report report = world.finish();
  EXPECT_TRUE(report.leaks.empty());
  EXPECT_TRUE(report.blocking.empty() || report.blocking[0].waiting_now == 0);
}

TEST(Healthy, AllGroupsAreListedOnRequest) {
  World world(Options{.all_groups = true});
  world.park(world.go({{"main.startPool"}, "main.worker"}), "chan receive", kReceive);
  world.start();
  world.park(world.go(kRequest), "select", {"runtime.selectgo", "main.serve.func1"});
  world.run(2);
  Report report = world.finish();
  ASSERT_EQ(report.leaks.size(), 2u);
  for (const auto& group : report.leaks) {
    EXPECT_EQ(group.verdict, Verdict::kOk);
    EXPECT_EQ(group.count, 1u);
    EXPECT_FALSE(group.why.empty());
  }
}

TEST(Healthy, AWindowTooShortToJudge) {
  World world;
  world.start();
  world.run(1.5, [&] {
    if (world.each(20)) world.park(world.go(kRequest), "chan receive", kReceive);
  });
  expect_nothing(world.finish());
}

}  // namespace
}  // namespace gosnoop::analyze
