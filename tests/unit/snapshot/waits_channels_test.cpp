// SPDX-License-Identifier: Apache-2.0
#include "snapshot/waits_channels.h"

#include "tests/unit/snapshot/fake_runtime.h"

namespace gosnoop::snapshot {
namespace {

using Kind = WaitsFor::Kind;

class ChannelsTest : public FakeRuntime {
 protected:
  Object& hchan(std::uint64_t length, std::uint64_t capacity) {
    const auto& at = layout_.hchan;
    return object().put(at.qcount, length).put(at.dataqsiz, capacity);
  }
  // Puts sudogs of these goroutines into a queue, in order; they wait by it.
  void queue(Object& channel, std::int32_t queue, const std::vector<Goroutine*>& waiters) {
    Object* last = nullptr;
    for (auto* g : waiters) {
      auto& one = sudog(*g, channel.address());
      g->waiting = one.address();
      last != nullptr ? last->put(layout_.sudog.next, one.address())
                      : channel.put(queue, one.address());
      last = &one;
    }
  }
  WaitsFor wait(const Goroutine& g, Wait wait) {
    ChannelReader reader(*memory_, layout_);
    return read(reader, g, wait);
  }
};

TEST_F(ChannelsTest, AReceive) {
  auto& g = goroutine();
  auto& channel = hchan(0, 4);
  queue(channel, layout_.hchan.recvq, {&g, &goroutine(), &goroutine()});
  const auto waits = wait(g, Wait::kReceive);
  ASSERT_EQ(waits.kind, Kind::kChannels);
  ASSERT_EQ(waits.channels.size(), 1u);
  EXPECT_EQ(waits.channels[0].address, channel.address());
  EXPECT_FALSE(waits.channels[0].send);
  EXPECT_EQ(waits.channels[0].length, 0u);
  EXPECT_EQ(waits.channels[0].capacity, 4u);
  EXPECT_EQ(waits.channels[0].receivers, 3u);
  EXPECT_EQ(waits.channels[0].senders, 0u);
}

TEST_F(ChannelsTest, ASend) {
  auto& g = goroutine();
  auto& channel = hchan(2, 2).put(layout_.hchan.timer, std::uint64_t{0x1000});
  queue(channel, layout_.hchan.sendq, {&g});
  const auto waits = wait(g, Wait::kSend);
  ASSERT_EQ(waits.kind, Kind::kChannels);
  EXPECT_TRUE(waits.channels[0].send);
  EXPECT_TRUE(waits.channels[0].timer);
  EXPECT_EQ(waits.channels[0].length, 2u);
  EXPECT_EQ(waits.channels[0].senders, 1u);
}

TEST_F(ChannelsTest, WhatIsAnothersIsNotTold) {
  auto& g = goroutine();
  auto& other = goroutine();
  queue(hchan(0, 0), layout_.hchan.recvq, {&other});
  g.waiting = other.waiting;
  EXPECT_EQ(wait(g, Wait::kReceive).kind, Kind::kUnknown);
  EXPECT_EQ(wait(other, Wait::kSelect).kind, Kind::kUnknown);  // its sudog is of no select
}

TEST_F(ChannelsTest, OneThatIsBeingWokenIsNotTold) {
  auto& g = goroutine();
  auto& channel = hchan(0, 0);
  queue(channel, layout_.hchan.recvq, {&g});
  channel.put(layout_.hchan.recvq, std::uint64_t{0});
  const auto waits = wait(g, Wait::kReceive);
  EXPECT_EQ(waits.kind, Kind::kUnknown);
  EXPECT_TRUE(waits.channels.empty());
}

TEST_F(ChannelsTest, WhatIsNoChannelIsNotTold) {
  auto& g = goroutine();
  queue(hchan(5, 4), layout_.hchan.recvq, {&g});  // more values than it has room for
  EXPECT_EQ(wait(g, Wait::kReceive).kind, Kind::kUnknown);
  auto& channel = hchan(0, 0).put(layout_.hchan.closed, std::uint32_t{77});
  queue(channel, layout_.hchan.recvq, {&g});
  EXPECT_EQ(wait(g, Wait::kReceive).kind, Kind::kUnknown);
  g.waiting = sudog(g, 4096).address();  // where nothing is mapped
  EXPECT_EQ(wait(g, Wait::kReceive).kind, Kind::kUnknown);
  g.waiting = 4096;
  EXPECT_EQ(wait(g, Wait::kReceive).kind, Kind::kUnknown);
  g.waiting = 0;
  EXPECT_EQ(wait(g, Wait::kReceive).kind, Kind::kUnknown);
}

class SelectTest : public ChannelsTest {
 protected:
  // A case of a select of g, in a queue of the channel.
  Object& add_case(const Goroutine& g, Object& channel, std::int32_t queue) {
    auto& one = sudog(g, channel.address(), true);
    channel.put(queue, one.address());
    return one;
  }
};

TEST_F(SelectTest, HasAllItsChannels) {
  auto& g = goroutine();
  auto& in = hchan(0, 0);
  auto& out = hchan(1, 1);
  auto& first = add_case(g, in, layout_.hchan.recvq);
  first.put(layout_.sudog.waitlink, add_case(g, out, layout_.hchan.sendq).address());
  g.waiting = first.address();
  const auto waits = wait(g, Wait::kSelect);
  ASSERT_EQ(waits.kind, Kind::kChannels);
  ASSERT_EQ(waits.channels.size(), 2u);
  EXPECT_FALSE(waits.channels[0].send);
  EXPECT_EQ(waits.channels[1].address, out.address());
  EXPECT_TRUE(waits.channels[1].send);
}

TEST_F(SelectTest, OnBothSidesOfAChannel) {
  auto& g = goroutine();
  auto& channel = hchan(0, 0);
  auto& send = add_case(g, channel, layout_.hchan.sendq);
  send.put(layout_.sudog.waitlink, add_case(g, channel, layout_.hchan.recvq).address());
  g.waiting = send.address();
  const auto waits = wait(g, Wait::kSelect);
  ASSERT_EQ(waits.channels.size(), 2u);
  EXPECT_TRUE(waits.channels[0].send);
  EXPECT_FALSE(waits.channels[1].send);
  EXPECT_EQ(waits.channels[0].senders, 1u);
  EXPECT_EQ(waits.channels[0].receivers, 1u);
}

TEST_F(SelectTest, OfNilChannelsWaitsForNothing) {
  EXPECT_EQ(wait(goroutine(), Wait::kSelect).kind, Kind::kNothing);
}

TEST_F(SelectTest, OneForeignCaseSpoilsAll) {
  auto& g = goroutine();
  auto& first = add_case(g, hchan(0, 0), layout_.hchan.recvq);
  auto& second = add_case(goroutine(), hchan(0, 0), layout_.hchan.recvq);
  first.put(layout_.sudog.waitlink, second.address());
  g.waiting = first.address();
  EXPECT_EQ(wait(g, Wait::kSelect).kind, Kind::kUnknown);
}

TEST_F(SelectTest, AListThatLeadsBackEnds) {
  auto& g = goroutine();
  auto& one = add_case(g, hchan(0, 0), layout_.hchan.recvq);
  one.put(layout_.sudog.waitlink, one.address());
  g.waiting = one.address();
  EXPECT_EQ(wait(g, Wait::kSelect).kind, Kind::kUnknown);
}

TEST_F(ChannelsTest, CountingEnds) {
  auto& g = goroutine();
  auto& channel = hchan(0, 0);
  queue(channel, layout_.hchan.recvq, {&g});
  auto& loop = sudog(g, channel.address());
  loop.put(layout_.sudog.next, loop.address());
  channel.put(layout_.hchan.recvq, loop.address());
  EXPECT_EQ(wait(g, Wait::kReceive).channels.at(0).receivers, kMaxWaiters);
}

TEST_F(ChannelsTest, AWaiterThatLeftIsNotCounted) {
  auto& g = goroutine();
  auto& channel = hchan(0, 0);
  queue(channel, layout_.hchan.recvq, {&g});
  auto& left = sudog(goroutine(), 0);
  auto& last = sudog(g, channel.address()).put(layout_.sudog.next, left.address());
  channel.put(layout_.hchan.recvq, last.address());
  EXPECT_EQ(wait(g, Wait::kReceive).channels.at(0).receivers, 1u);
}

// Many on few channels, in several batches: each says the same.
TEST_F(ChannelsTest, ACrowd) {
  std::vector<Goroutine*> crowd(2500), few(40);
  for (auto& g : crowd) g = &goroutine();
  for (auto& g : few) g = &goroutine();
  queue(hchan(0, 0), layout_.hchan.recvq, crowd);
  queue(hchan(0, 0), layout_.hchan.sendq, few);
  std::vector<WaitsFor> waits(crowd.size() + few.size());
  std::vector<Wanted> wanted;
  for (auto* g : crowd) wanted.push_back({g, Wait::kReceive, &waits[wanted.size()]});
  for (auto* g : few) wanted.push_back({g, Wait::kSend, &waits[wanted.size()]});
  ChannelReader reader(*memory_, layout_);
  for (std::size_t at = 0; at < wanted.size(); at += 508) {
    reader.read(std::span(wanted).subspan(at, 508));
  }
  for (std::size_t i = 0; i < waits.size(); ++i) {
    ASSERT_EQ(waits[i].channels.size(), 1u) << i;
    EXPECT_EQ(waits[i].channels[0].receivers, i < crowd.size() ? kMaxWaiters : 0u) << i;
    EXPECT_EQ(waits[i].channels[0].senders, i < crowd.size() ? 0u : few.size()) << i;
  }
}

}  // namespace
}  // namespace gosnoop::snapshot
