// SPDX-License-Identifier: Apache-2.0
#include "analyze/sliding.h"

#include <gtest/gtest.h>

#include <vector>

namespace gosnoop::analyze {
namespace {

constexpr event::TimeNs kSecond = 1'000'000'000;
constexpr event::TimeNs kBegin = 1000 * kSecond;
constexpr std::uint64_t kStack = 7, kStart = 0x400100, kGo = 0x400200, kPark = 0x400300;

// A program that makes a goroutine a second and ends none; snapshots every second, no probes.
class Leak {
 public:
  explicit Leak(SlidingPipeline& to) : to_(to) {}

  void begin_window() {
    event::Target target;
    target.pid = 42;
    target.probes = target.lives = false;
    target.wait_reasons = {"", "chan receive"};
    to_.on(target);
    to_.on(event::WindowStart{now(), 1});
    to_.on(event::Symbol{kStart, {{"main.leak", "main.go", 1}}});
    to_.on(event::Symbol{kGo, {{"main.serve", "main.go", 2}}});
    to_.on(event::Symbol{kPark, {{"main.leak", "main.go", 3}}});
    to_.on(event::Stack{kStack, false, {kPark}});
    snapshot();
  }

  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      ++seconds_;
      snapshot();
    }
  }

 private:
  event::TimeNs now() const { return kBegin + static_cast<event::TimeNs>(seconds_) * kSecond; }

  void snapshot() {
    auto count = static_cast<std::uint64_t>(seconds_ + 1);
    to_.on(event::SnapshotBegin{now()});
    to_.on(event::Goids{now(), count});
    for (std::uint64_t goid = 1; goid <= count; ++goid) {
      event::GoState state;
      state.time = now();
      state.goid = goid;
      state.start_pc = kStart;
      state.go_pc = kGo;
      state.stack = kStack;
      state.status = event::GoStatus::kWaiting;
      state.reason = 1;
      to_.on(state);
    }
    to_.on(event::SnapshotEnd{now(), count, 0});
  }

  SlidingPipeline& to_;
  int seconds_ = 0;
};

TEST(Sliding, IsEmptyBeforeItsFirstWindow) {
  SlidingPipeline pipeline;
  EXPECT_EQ(pipeline.report().goroutines.now, 0u);
  EXPECT_EQ(pipeline.lives().created, 0u);
}

TEST(Sliding, CountsOnWhenWindowsTurn) {
  SlidingPipeline pipeline;
  Leak leak(pipeline);
  leak.begin_window();
  std::uint64_t before = 0;
  for (int window = 1; window <= 8; ++window) {
    leak.run(20);
    leak.begin_window();
    auto lives = pipeline.lives();
    EXPECT_EQ(lives.created, 20u * static_cast<unsigned>(window));
    EXPECT_EQ(lives.exited, 0u);
    EXPECT_GE(lives.created, before);
    before = lives.created;
  }
}

TEST(Sliding, ReportsTheOlderOfTwoWindows) {
  SlidingPipeline pipeline;
  Leak leak(pipeline);
  for (int i = 0; i < 5; ++i) {
    leak.begin_window();
    leak.run(20);
    auto report = pipeline.report();
    EXPECT_EQ(report.window.seconds, i == 0 ? 20.0 : 40.0);
    EXPECT_EQ(report.goroutines.now, 20u * static_cast<unsigned>(i + 1) + 1);
  }
}

TEST(Sliding, FindsTheLeakInEveryWindow) {
  SlidingPipeline pipeline;
  Leak leak(pipeline);
  for (int i = 0; i < 4; ++i) {
    leak.begin_window();
    leak.run(30);
    auto report = pipeline.report();
    ASSERT_EQ(report.leaks.size(), 1u) << i;
    EXPECT_EQ(report.leaks[0].verdict, Verdict::kLeaking) << report.leaks[0].why;
    EXPECT_EQ(report.leaks[0].start_function, "main.leak");
    EXPECT_EQ(report.leaks[0].count, report.goroutines.now);  // those older than the window too
  }
}

TEST(Sliding, TellsStatesOfTheLastSnapshot) {
  SlidingPipeline pipeline;
  Leak leak(pipeline);
  leak.begin_window();
  leak.run(4);
  auto report = pipeline.report();
  ASSERT_EQ(report.states.size(), 1u);
  EXPECT_EQ(report.states[0].status, event::GoStatus::kWaiting);
  EXPECT_EQ(report.states[0].wait_reason, "chan receive");
  EXPECT_EQ(report.states[0].count, 5u);
}

TEST(Sliding, LossesAreTheWindowsInItsReportAndAllBeside) {
  SlidingPipeline pipeline;
  Leak leak(pipeline);
  leak.begin_window();
  pipeline.on(event::Loss{event::LossKind::kCreate, 0, 10, 8, 2, 0});
  leak.run(2);
  leak.begin_window();
  leak.run(2);
  leak.begin_window();
  pipeline.on(event::Loss{event::LossKind::kCreate, 0, 15, 13, 2, 0});
  auto report = pipeline.report();
  ASSERT_EQ(report.losses.size(), 1u);
  EXPECT_EQ(report.losses[0].seen, 5u);
  EXPECT_EQ(report.dropped(), 0u);
  ASSERT_EQ(pipeline.losses().size(), 1u);
  EXPECT_EQ(pipeline.losses()[0].seen, 15u);
  EXPECT_EQ(pipeline.losses()[0].dropped, 2u);
}

}  // namespace
}  // namespace gosnoop::analyze
