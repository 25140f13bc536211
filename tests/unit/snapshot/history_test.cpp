// SPDX-License-Identifier: Apache-2.0
#include "snapshot/history.h"

#include <gtest/gtest.h>

namespace gosnoop::snapshot {
namespace {

Goroutine goroutine(std::uint64_t goid, std::uint8_t tracking_seq) {
  Goroutine g;
  g.goid = goid;
  g.tracking_seq = tracking_seq;
  return g;
}

TEST(History, AGoroutineThatNeverRanIsParkedSinceBeforeItWasSeen) {
  History history;
  EXPECT_EQ(history.parked_since(goroutine(7, 3), 100), 0u);
  EXPECT_EQ(history.parked_since(goroutine(7, 3), 200), 0u);
}

TEST(History, OneThatRanIsParkedSinceTheSnapshotThatShowsIt) {
  History history;
  history.parked_since(goroutine(7, 3), 100);
  EXPECT_EQ(history.parked_since(goroutine(7, 4), 200), 200u);
  EXPECT_EQ(history.parked_since(goroutine(7, 4), 300), 200u);
  EXPECT_EQ(history.parked_since(goroutine(7, 9), 400), 400u);
}

TEST(History, TheSequenceMayWrap) {
  History history;
  history.parked_since(goroutine(7, 255), 100);
  EXPECT_EQ(history.parked_since(goroutine(7, 0), 200), 200u);
}

TEST(History, KeepsGoroutinesApart) {
  History history;
  history.parked_since(goroutine(7, 3), 100);
  history.parked_since(goroutine(8, 5), 100);
  EXPECT_EQ(history.parked_since(goroutine(7, 4), 200), 200u);
  EXPECT_EQ(history.parked_since(goroutine(8, 5), 200), 0u);
}

TEST(History, ForgetsThoseThatEnded) {
  History history;
  history.parked_since(goroutine(7, 3), 100);
  history.parked_since(goroutine(8, 3), 100);
  history.parked_since(goroutine(7, 4), 200);
  history.forget_before(200);
  EXPECT_EQ(history.parked_since(goroutine(7, 4), 300), 200u);
  EXPECT_EQ(history.parked_since(goroutine(8, 4), 300), 0u);  // as if new
}

}  // namespace
}  // namespace gosnoop::snapshot
