// SPDX-License-Identifier: Apache-2.0
#include "analyze/pipeline.h"

#include <gtest/gtest.h>

#include "tests/unit/analyze/world.h"

namespace gosnoop::analyze {
namespace {

TEST(Pipeline, EmptyReport) {
  Report report = Pipeline().report();
  EXPECT_EQ(report.window.seconds, 0);
  EXPECT_FALSE(report.window.ended);
  EXPECT_EQ(report.goroutines.now, 0u);
  EXPECT_TRUE(report.leaks.empty());
  EXPECT_TRUE(report.blocking.empty());
  EXPECT_TRUE(report.losses.empty());
}

TEST(Pipeline, Window) {
  World world;
  world.start();
  world.run(2.5);
  EXPECT_FALSE(world.report().window.ended);
  world.send(event::WindowEnd{world.time(), event::EndReason::kTargetExited});
  Report report = world.report();
  EXPECT_DOUBLE_EQ(report.window.seconds, 2.5);
  EXPECT_TRUE(report.window.ended);
  EXPECT_EQ(report.window.end_reason, event::EndReason::kTargetExited);
  EXPECT_EQ(report.window.start_wall_clock_ns, 42u);
}

TEST(Pipeline, ARecordingThatLostItsStartBeginsWithItsFirstEvent) {
  Pipeline pipeline;
  pipeline.on(event::GoCreate{.time = 5'000'000'000, .goid = 1});
  pipeline.on(event::GoExit{.time = 7'000'000'000, .goid = 1});
  EXPECT_DOUBLE_EQ(pipeline.report().window.seconds, 2.0);
}

TEST(Pipeline, CountsGoroutines) {
  World world;
  for (int i = 0; i < 3; ++i) world.go({{"main.main"}, "main.f"});
  world.go({{"runtime.init"}, "runtime.bgsweep"});
  world.start();
  Goid goid = world.go({{"main.main"}, "main.f"});
  world.go({{"main.main"}, "main.f"});
  world.go({{"runtime.init"}, "runtime.gcBgMarkWorker"});
  world.exit(goid);
  Report report = world.finish();
  EXPECT_EQ(report.goroutines.now, 4u);
  EXPECT_EQ(report.goroutines.system, 2u);
  EXPECT_EQ(report.goroutines.created, 2u);
  EXPECT_EQ(report.goroutines.exited, 1u);
  EXPECT_EQ(report.goroutines.unreadable, 0u);
}

TEST(Pipeline, LossesAddUpOverCpusAndTheNewestCounts) {
  World world;
  world.send(event::Loss{event::LossKind::kBlock, 0, 10, 8, 2, 0});
  world.send(event::Loss{event::LossKind::kBlock, 0, 20, 15, 2, 3});
  world.send(event::Loss{event::LossKind::kBlock, 1, 5, 4, 1, 0});
  world.send(event::Loss{event::LossKind::kCreate, 1, 7, 7, 0, 0});
  Report report = world.report();
  ASSERT_EQ(report.losses.size(), 2u);
  EXPECT_EQ(report.losses[0].kind, "create");
  EXPECT_EQ(report.losses[1].kind, "block");
  EXPECT_EQ(report.losses[1].seen, 25u);
  EXPECT_EQ(report.losses[1].delivered, 19u);
  EXPECT_EQ(report.losses[1].dropped, 3u);
  EXPECT_EQ(report.losses[1].filtered, 3u);
  EXPECT_EQ(report.dropped(), 3u);
}

TEST(Pipeline, CanBeAskedAgainAndMoved) {
  World world;
  world.start();
  world.run(3, [&] { world.go({{"main.main"}, "main.f"}); });
  EXPECT_EQ(world.report().goroutines.now, world.report().goroutines.now);
  Pipeline pipeline;
  pipeline.on(event::GoCreate{.time = 1, .goid = 1});
  Pipeline moved = std::move(pipeline);
  moved.on(event::GoCreate{.time = 2, .goid = 2});
  EXPECT_EQ(moved.report().goroutines.now, 2u);
}

TEST(Pipeline, ReportsTheTarget) {
  Pipeline pipeline;
  event::Target target;
  target.pid = 7;
  target.exe = "/bin/x";
  pipeline.on(target);
  EXPECT_EQ(pipeline.report().target.pid, 7);
  EXPECT_EQ(pipeline.report().target.exe, "/bin/x");
}

// Whatever order and whatever content events come in: no crash, and counts that make sense.
TEST(Pipeline, AnyOrderOfEventsIsSurvived) {
  std::uint64_t random = 1;
  auto next = [&](std::uint64_t below) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    return (random >> 33) % below;
  };
  Pipeline pipeline(Options{.all_groups = true});
  for (int i = 0; i < 200'000; ++i) {
    event::TimeNs time = next(20) * 1'000'000'000;
    event::Goid goid = next(200);
    switch (next(10)) {
      case 0:
        pipeline.on(event::GoCreate{time, goid, next(9), next(5), next(5), next(5)});
        break;
      case 1:
        pipeline.on(event::GoExit{time, goid});
        break;
      case 2:
        pipeline.on(event::SnapshotBegin{time});
        break;
      case 3:
        pipeline.on(event::SnapshotEnd{time, next(3), next(2)});
        break;
      case 4:
        pipeline.on(event::GoBlock{.time = time, .goid = goid, .stack = next(5)});
        break;
      case 5:
        pipeline.on(event::WindowStart{time, 1});
        break;
      case 6:
        pipeline.on(event::Stack{next(5), false, {next(5)}});
        break;
      default:
        pipeline.on(event::GoState{.time = time,
                                   .goid = goid,
                                   .start_pc = next(5),
                                   .go_pc = next(5),
                                   .stack = next(5),
                                   .since = time,
                                   .status = static_cast<event::GoStatus>(next(12))});
    }
    if (i % 1000 == 0) (void)pipeline.report();
  }
  EXPECT_LE(pipeline.report().goroutines.now, 200u);
}

}  // namespace
}  // namespace gosnoop::analyze
