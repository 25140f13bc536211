// SPDX-License-Identifier: Apache-2.0
#include "analyze/tcp.h"

#include <gtest/gtest.h>

namespace gosnoop::analyze {
namespace {

using event::TimeNs;

constexpr TimeNs kSecond = 1'000'000'000;

event::TcpConnection open_at(std::uint64_t id, TimeNs opened, event::StackHash stack = 7) {
  event::TcpConnection c;
  c.time = c.opened = c.established = opened;
  c.id = id;
  c.stack = stack;
  c.state = 1;
  c.role = event::TcpRole::kClient;
  c.held = c.measured = true;
  c.remote.port = 80;
  return c;
}

Tcp report(const TcpLedger& ledger) { return ledger.report(Names({}, {}), kSecond, 11 * kSecond); }

TEST(Tcp, LaterRecordReplacesTheOneOfTheSameSocket) {
  TcpLedger ledger;
  auto c = open_at(1, 2 * kSecond);
  ledger.on(c);
  c.bytes_sent = 5;
  ledger.on(c);
  ASSERT_EQ(report(ledger).connections.size(), 1u);
  EXPECT_EQ(report(ledger).connections[0].bytes_sent, 5u);
}

TEST(Tcp, WhatWasLookedAtIsNotReplacedByWhatHappenedBefore) {
  TcpLedger ledger;
  auto looked_at = open_at(1, 2 * kSecond);
  looked_at.time = 4 * kSecond;
  looked_at.bytes_sent = 5;
  ledger.on(looked_at);
  auto before = open_at(1, 2 * kSecond);
  before.time = 3 * kSecond;
  ledger.on(before);
  EXPECT_EQ(report(ledger).connections[0].bytes_sent, 5u);
  before.ended = true;
  ledger.on(before);
  EXPECT_EQ(report(ledger).connections[0].state, "CLOSE");
}

TEST(Tcp, InodeUsedAgainIsAnotherConnection) {
  TcpLedger ledger;
  ledger.on(open_at(1, 2 * kSecond));
  ledger.on(open_at(1, 3 * kSecond));
  EXPECT_EQ(report(ledger).connections.size(), 2u);
}

TEST(Tcp, OneThatIsGoneHasEndedUnlessThatWasTold) {
  TcpLedger ledger;
  ledger.on(open_at(1, 2 * kSecond));
  ledger.on(open_at(2, 2 * kSecond));
  auto told = open_at(1, 2 * kSecond);
  told.ended = true;
  ledger.on(told);
  for (std::uint64_t id : {1, 2}) {
    auto gone = open_at(id, 2 * kSecond);
    gone.ended = gone.unseen = true;
    ledger.on(gone);
  }
  const Tcp tcp = report(ledger);
  ASSERT_EQ(tcp.connections.size(), 2u);
  EXPECT_EQ(tcp.connections[0].state, "CLOSE");
  EXPECT_EQ(tcp.connections[1].state, "CLOSE");
}

TEST(Tcp, MappedAddressIsShownAsIpv4) {
  TcpLedger ledger;
  auto c = open_at(1, 2 * kSecond);
  c.remote.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 5};
  c.local.address[15] = 1;
  ledger.on(c);
  EXPECT_EQ(report(ledger).connections[0].remote, "10.0.0.5:80");
  EXPECT_EQ(report(ledger).connections[0].local, "[::1]:0");
}

TEST(Tcp, SteadyGrowthWithoutClosesIsUnclosed) {
  TcpLedger ledger;
  for (std::uint64_t i = 1; i <= 10; ++i) ledger.on(open_at(i, i * kSecond));
  ASSERT_EQ(report(ledger).unclosed.size(), 1u);
  EXPECT_EQ(report(ledger).unclosed[0].count, 10u);
}

TEST(Tcp, PoolFilledAtTheStartIsNot) {
  TcpLedger ledger;
  for (std::uint64_t i = 1; i <= 10; ++i) ledger.on(open_at(i, kSecond + i));
  EXPECT_TRUE(report(ledger).unclosed.empty());
}

TEST(Tcp, ThoseThatAreClosedAreNot) {
  TcpLedger ledger;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    auto c = open_at(i, i * kSecond / 2);
    ledger.on(c);
    c.ended = i % 2 == 0;
    ledger.on(c);
  }
  EXPECT_TRUE(report(ledger).unclosed.empty());
}

TEST(Tcp, PeerThatClosedLongAgoIsUnclosed) {
  TcpLedger ledger;
  auto c = open_at(1, 2 * kSecond);
  c.state = 8;
  c.remote_closed = 10 * kSecond;
  ledger.on(c);
  EXPECT_TRUE(report(ledger).unclosed.empty());  // it may be about to close
  c.remote_closed = 4 * kSecond;
  ledger.on(c);
  ASSERT_EQ(report(ledger).unclosed.size(), 1u);
  EXPECT_DOUBLE_EQ(report(ledger).unclosed[0].oldest_close_wait_seconds, 7.0);
}

TEST(Tcp, EndedConnectionsAreBounded) {
  TcpLedger ledger;
  for (std::uint64_t i = 1; i <= 100'000; ++i) {
    auto c = open_at(i, 2 * kSecond);
    c.ended = true;
    c.bytes_sent = 1;
    ledger.on(c);
  }
  const Tcp tcp = report(ledger);
  EXPECT_EQ(tcp.connections.size(), 1000u);
  EXPECT_EQ(tcp.ended_left_out, 99'000u);
  ASSERT_EQ(tcp.peers.size(), 1u);
  EXPECT_EQ(tcp.peers[0].bytes_sent, 100'000u);
}

}  // namespace
}  // namespace gosnoop::analyze
