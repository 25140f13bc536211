// SPDX-License-Identifier: Apache-2.0
#include "event/recent_records.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gosnoop::event {
namespace {

constexpr TimeNs kSecond = 1'000'000'000;
constexpr TimeNs kStart = 100 * kSecond;

struct Events final : RecordSink {
  std::vector<Event> all;
  Result<void> on_record(Bytes record) override {
    TRY_ASSIGN(auto event, decode(record));
    all.push_back(std::move(event));
    return {};
  }
  template <typename E>
  std::vector<E> of() const {
    std::vector<E> found;
    for (const Event& event : all) {
      if (const auto* e = std::get_if<E>(&event)) found.push_back(*e);
    }
    return found;
  }
};

// A capture that takes a snapshot a second, with totals before each.
class Capture {
 public:
  explicit Capture(RecentRecords::Limits limits) : recent_(limits) {
    send(Target{});
    send(WindowStart{kStart, 5 * kSecond});
    snapshot();
  }

  // `exits` of goroutines, spread over the second.
  void second(std::uint64_t exits) {
    for (std::uint64_t i = 0; i < exits; ++i) send(GoExit{now_ + i * kSecond / exits, ++goid_});
    now_ += kSecond;
    count_ += 10;
    snapshot();
  }

  void seconds(int number, std::uint64_t exits) {
    for (int i = 0; i < number; ++i) second(exits);
  }

  Events written() {
    Events events;
    EXPECT_TRUE(recent_.write(events));
    return events;
  }

  void send(const Event& event) { ASSERT_TRUE(recent_.on_record(encode(event))); }
  const RecentRecords& recent() const { return recent_; }

 private:
  void snapshot() {
    send(BlockTotals{
        .stack = 1, .reason = 2, .count = count_, .sum_ns = count_, .max_ns = 1, .slots = {}});
    send(SnapshotBegin{now_});
    send(SnapshotEnd{now_ + 1, 0, 0});
  }

  RecentRecords recent_;
  TimeNs now_ = kStart;
  Goid goid_ = 0;
  std::uint64_t count_ = 0;
};

TEST(RecentRecords, KeepsAllOfAShortCapture) {
  Capture capture({60 * kSecond, 1 << 20});
  capture.seconds(5, 3);
  auto events = capture.written();
  EXPECT_EQ(events.of<GoExit>().size(), 15u);
  EXPECT_EQ(events.of<WindowStart>().at(0).time, kStart);
  EXPECT_EQ(events.of<BlockTotals>().at(0).count, 50u);
}

TEST(RecentRecords, ForgetsWhatIsOlder) {
  Capture capture({8 * kSecond, 1 << 20});
  capture.seconds(100, 4);
  auto events = capture.written();
  auto start = events.of<WindowStart>().at(0);
  EXPECT_GE(kStart + 100 * kSecond - start.time, 8 * kSecond);
  EXPECT_LE(kStart + 100 * kSecond - start.time, 9 * kSecond + 1);
  for (const auto& exit : events.of<GoExit>()) EXPECT_GE(exit.time, start.time);
  EXPECT_EQ(events.of<GoExit>().back().goid, 400u);
}

TEST(RecentRecords, TotalsAndClockAreThoseOfTheWindowThatIsLeft) {
  Capture capture({8 * kSecond, 1 << 20});
  capture.seconds(100, 1);
  auto events = capture.written();
  auto start = events.of<WindowStart>().at(0);
  auto kept = (kStart + 100 * kSecond - start.time) / kSecond;
  EXPECT_EQ(events.of<BlockTotals>().at(0).count, 10 * kept);
  EXPECT_EQ(start.wall_clock_ns - 5 * kSecond, start.time - kStart);
}

TEST(RecentRecords, BeginsWithASnapshot) {
  Capture capture({3 * kSecond, 1 << 20});
  capture.seconds(20, 2);
  auto events = capture.written();
  auto first = std::find_if(events.all.begin(), events.all.end(), [](const Event& event) {
    return !std::holds_alternative<Target>(event) && !std::holds_alternative<WindowStart>(event);
  });
  ASSERT_NE(first, events.all.end());
  EXPECT_TRUE(std::holds_alternative<SnapshotBegin>(*first));
}

TEST(RecentRecords, NamesAreKeptForEver) {
  Capture capture({2 * kSecond, 1 << 20});
  capture.send(Stack{77, false, {1, 2}});
  capture.send(Symbol{1, {}});
  capture.send(Stack{77, false, {1, 2}});
  capture.seconds(50, 2);
  EXPECT_EQ(capture.written().of<Stack>().size(), 1u);
  EXPECT_EQ(capture.written().of<Symbol>().size(), 1u);
}

TEST(RecentRecords, MemoryIsBounded) {
  constexpr std::size_t kBytes = 1 << 16;
  constexpr std::size_t kSecondOfEvents = 1000 * 24 + 100;
  Capture capture({3600 * kSecond, kBytes});
  for (int i = 0; i < 100; ++i) {
    capture.second(1000);
    EXPECT_LE(capture.recent().bytes(), kBytes + kSecondOfEvents);
  }
  EXPECT_GE(capture.recent().kept_ns(), kSecond);
}

TEST(RecentRecords, EndsAsTheCaptureDid) {
  Capture capture({8 * kSecond, 1 << 20});
  capture.seconds(3, 1);
  capture.send(WindowEnd{kStart + 3 * kSecond, EndReason::kTargetExited});
  EXPECT_EQ(std::get<WindowEnd>(capture.written().all.back()).reason, EndReason::kTargetExited);
}

TEST(RecentRecords, OfNothingIsAnError) {
  RecentRecords recent({kSecond, 1 << 20});
  Events events;
  EXPECT_FALSE(recent.write(events));
}

}  // namespace
}  // namespace gosnoop::event
