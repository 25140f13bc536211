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

event::GoState worker(event::TimeNs time, event::Goid goid) {
  return {.time = time,
          .goid = goid,
          .parent = 1,
          .start_pc = 0x1000,
          .go_pc = 0x2000,
          .stack = kWorker,
          .status = event::GoStatus::kWaiting,
          .reason = 1};
}

// What is there when the trace begins.
std::vector<event::Event> first_snapshot() {
  auto running = worker(kStart + 400, 7);
  running.stack = 0;
  running.status = event::GoStatus::kRunning;
  auto system = worker(kStart + 500, 3);
  system.system = true;
  auto parked = worker(kStart + 600, 19);
  return {event::SnapshotBegin{kStart + 300}, running, system, parked,
          event::SnapshotEnd{kStart + 700, 3, 0}};
}

event::Syscall failed_read() {
  event::Syscall call;
  call.time = kStart + 7'100'000;
  call.goid = 18;
  call.duration_ns = 12'000'000;
  call.stack = kWorker;
  call.result = -5;
  call.tid = 4243;
  call.text = "read(fd=7 </var/log/x>, buf=0xc000010000, count=4096)";
  return call;
}

event::Syscall hanging_read() {
  event::Syscall call = failed_read();
  call.in_flight = true;
  call.result = 0;
  return call;
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
          failed_read(),
          hanging_read(),
          event::WindowEnd{kStart + 8'000'000, event::EndReason::kTargetExited}};
}

std::string trace(const TraceOptions& options) {
  use_utc();
  std::ostringstream out;
  TraceWriter writer(out, options);
  for (const event::Event& event : names()) writer.on(event);
  for (const event::Event& event : first_snapshot()) writer.on(event);
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
  EXPECT_EQ(count, 14U);  // a loss that has not grown is no news
}

// What a writer makes of events that come after the first snapshot.
std::string after_snapshot(const std::vector<event::Event>& events) {
  use_utc();
  std::ostringstream out;
  TraceWriter writer(out);
  for (const event::Event& event : names()) writer.on(event);
  for (const event::Event& event : first_snapshot()) writer.on(event);
  out.str("");
  for (const event::Event& event : events) writer.on(event);
  return out.str();
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

event::TcpConnection connection(event::TcpWhat what) {
  event::TcpConnection c;
  c.time = kStart + 3000;
  c.opened = kStart + 1000;
  c.established = kStart + 2500;
  c.closed = kStart + 2'000'001'000;
  c.goid = 19;
  c.stack = kServe;
  c.what = what;
  c.role = event::TcpRole::kClient;
  c.bytes_sent = 250;
  c.bytes_received = 2048;
  c.retransmits = 2;
  const std::uint8_t here[] = {10, 0, 0, 1}, there[] = {10, 0, 0, 5};
  c.local = ipv4_endpoint(here, 4711);
  c.remote = ipv4_endpoint(there, 5432);
  return c;
}

TEST(Trace, ConnectionsAreOfTheGoroutineThatOpenedThem) {
  using event::TcpWhat;
  auto failed = connection(TcpWhat::kOver);
  failed.failed = true;
  failed.error = 111;
  const std::string text =
      after_snapshot({connection(TcpWhat::kConnected), connection(TcpWhat::kRetransmitted),
                      connection(TcpWhat::kOver), connection(TcpWhat::kStatus), failed});
  const std::string ends = "10.0.0.1:4711 -> 10.0.0.5:5432", at = " at main.serve main.go:31\n";
  EXPECT_EQ(count_of(text, "goroutine 19 connected " + ends + " in 1.50 µs" + at), 1u) << text;
  EXPECT_EQ(count_of(text, "connection retransmit 2 on " + ends + ", opened by goroutine 19" + at),
            1u)
      << text;
  EXPECT_EQ(count_of(text, "connection ended: " + ends +
                               ", 250 B sent, 2.00 KiB received, after 2.00 s, opened by "
                               "goroutine 19" +
                               at),
            1u)
      << text;
  EXPECT_EQ(count_of(text, "goroutine 19 could not connect (refused) " + ends + at), 1u) << text;
  EXPECT_EQ(count_of(text, ends), 4u) << text;  // that it was looked at is no event
}

TEST(Trace, AnOlderGoroutineIsIntroducedOnce) {
  event::GoBlock block{.time = kStart + 1000, .goid = 19, .stack = kWorker, .reason = 1};
  const std::string text =
      after_snapshot({block, block, event::GoExit{kStart + 2000, 19}, event::GoExit{kStart, 7}});
  EXPECT_EQ(count_of(text,
                     "goroutine 19 was there, created by 1 at main.serve main.go:31 runs "
                     "main.worker\n"),
            1u)
      << text;
  EXPECT_EQ(count_of(text, "goroutine 7 was there"), 1u) << text;
  EXPECT_LT(text.find("was there"), text.find("waited"));
}

TEST(Trace, OneCreatedDuringTheFirstSnapshotIsNotOlder) {
  const std::string text =
      after_snapshot({event::GoCreate{kStart + 100, 19, 7, 0x1000, 0x2000, kServe},
                      event::GoExit{kStart + 2000, 19}});
  EXPECT_EQ(count_of(text, "was there"), 0u) << text;
  EXPECT_EQ(count_of(text, "goroutine 19 created by 7"), 1u) << text;
}

TEST(Trace, OneWhoseCreationWasLostIsIntroducedToo) {
  const std::string text =
      after_snapshot({event::SnapshotBegin{kStart + 1000}, worker(kStart + 1001, 50),
                      event::SnapshotEnd{kStart + 1002, 1, 0}, event::GoExit{kStart + 2000, 50}});
  EXPECT_EQ(count_of(text, "goroutine 50 came unseen, created by 1"), 1u) << text;
}

TEST(Trace, OneThatIsGoneFromASnapshotIsForgotten) {
  const std::string text =
      after_snapshot({event::SnapshotBegin{kStart + 1000}, event::SnapshotEnd{kStart + 1002, 0, 0},
                      event::GoExit{kStart + 2000, 19}});
  EXPECT_EQ(count_of(text, "was there"), 0u) << text;
  EXPECT_EQ(count_of(text, "goroutine 19 exited"), 1u) << text;
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
