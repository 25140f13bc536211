// SPDX-License-Identifier: Apache-2.0
#include "output/trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "golden.h"
#include "samples.h"

namespace gosnoop::output {
namespace {

constexpr event::TimeNs kStart = 5'000'000'000;
constexpr event::StackHash kServe = 0xa1, kWorker = 0xb2;

std::vector<event::Event> names() {
  return {event::Target{.pid = 4242,
                        .exe = "/usr/bin/app",
                        .go_version = "go1.24.4",
                        .module = "",
                        .build_id = "",
                        .wait_reasons = {"", "chan receive"}},
          event::WindowStart{kStart, kSampleStart},
          event::Symbol{0x1000, {{"main.worker", "/src/main.go", 38}}},
          event::Symbol{0x1010, {{"main.worker", "/src/main.go", 40}}},
          event::Symbol{0x2000, {{"main.serve", "/src/main.go", 31}}},
          event::Symbol{0x3000, {{"runtime.chanrecv1", "/go/src/runtime/chan.go", 442}}},
          event::Stack{kServe, false, {0x2000}},
          event::Stack{kWorker, false, {0x3000, 0x1010}}};
}

std::vector<event::Event> happenings() {
  using event::Waker;
  event::GoBlock block{.time = kStart + 5'000'000,
                       .goid = 18,
                       .duration_ns = 3'210'000,
                       .stack = kWorker,
                       .object = 0xc000012340,
                       .waker = Waker::kGoroutine,
                       .waker_goid = 7,
                       .waker_stack = kServe,
                       .reason = 1};
  event::GoBlock by_poller = block;
  by_poller.waker = Waker::kNetpoll;
  by_poller.waker_goid = by_poller.waker_stack = by_poller.object = 0;
  event::GoBlock unknown{.time = kStart + 6'000'000, .goid = 19, .stack = 0xdead, .reason = 77};
  return {event::GoCreate{kStart + 1000, 18, 7, 0x1000, 0x2000, kServe},
          event::GoCreate{kStart + 2000, 20, 0, 0x1000, 0, 0, true},
          block,
          by_poller,
          unknown,
          event::Loss{event::LossKind::kBlock, 1, 100, 90, 10, 0},
          event::Loss{event::LossKind::kBlock, 1, 120, 110, 10, 0},
          event::Loss{event::LossKind::kBlock, 1, 130, 115, 15, 0},
          event::GoExit{kStart + 7'000'000, 18},
          event::WindowEnd{kStart + 8'000'000, event::EndReason::kTargetExited}};
}

std::string trace(const TraceOptions& options) {
  use_utc();
  std::ostringstream out;
  TraceWriter writer(out, options);
  for (const event::Event& event : names()) writer.on(event);
  for (const event::Event& event : happenings()) writer.on(event);
  return out.str();
}

TEST(Trace, GoldenText) { expect_golden("trace.txt", trace({})); }

TEST(Trace, GoldenJson) { expect_golden("trace.json", trace({.json = true})); }

TEST(Trace, JsonIsAnObjectALine) {
  std::istringstream lines(trace({.json = true}));
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto object = nlohmann::json::parse(line);
    EXPECT_EQ(object["schema"], "gosnoop.trace/1");
    EXPECT_TRUE(object.contains("time"));
    EXPECT_TRUE(object.contains("event"));
  }
  EXPECT_EQ(count, 9U);  // a loss that has not grown is no news
}

TEST(Trace, EventsWithoutNamesAreStillWritten) {
  use_utc();
  std::ostringstream out;
  TraceWriter writer(out);
  writer.on(event::GoBlock{.time = 1, .goid = 3, .duration_ns = 5, .stack = 9, .reason = 2});
  EXPECT_EQ(out.str(), "00:00:00.000000 goroutine 3 waited 5 ns [wait reason 2]\n");
}

TEST(Trace, StackMayComeAfterItsEvent) {
  std::ostringstream out;
  TraceWriter writer(out);
  const std::vector<event::Event> events = happenings();
  writer.on(events[2]);
  for (const event::Event& event : names()) writer.on(event);
  writer.on(events[2]);
  EXPECT_NE(out.str().find("at main.worker main.go:40"), std::string::npos);
}

}  // namespace
}  // namespace gosnoop::output
