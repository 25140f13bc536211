// SPDX-License-Identifier: Apache-2.0
// The ledger: nobody counted twice, no zombies, and losses that heal.
#include "analyze/goroutines.h"

#include <gtest/gtest.h>

namespace gosnoop::analyze {
namespace {

constexpr TimeNs kSecond = 1'000'000'000;

class LedgerTest : public testing::Test {
 protected:
  void create(Goid goid, TimeNs time, event::StackHash stack = 5) {
    ledger.on(event::GoCreate{time, goid, 1, 0x100, 0x200, stack, false});
  }
  void exit(Goid goid, TimeNs time) { ledger.on(event::GoExit{time, goid}); }
  void begin(TimeNs time) {
    ledger.on(event::SnapshotBegin{time});
    states = 0;
    last = time;
  }
  void state(Goid goid, TimeNs since = 0, event::StackHash stack = 9) {
    ++states;
    ledger.on(event::GoState{.time = last,
                             .goid = goid,
                             .parent = 1,
                             .start_pc = 0x100,
                             .go_pc = 0x200,
                             .stack = stack,
                             .since = since,
                             .status = event::GoStatus::kWaiting,
                             .reason = 2});
  }
  void end(std::uint64_t unreadable = 0) {
    ledger.on(event::SnapshotEnd{last, states, unreadable});
  }
  void snapshot(TimeNs time, std::initializer_list<Goid> goids) {
    begin(time);
    for (Goid goid : goids) state(goid);
    end();
  }
  std::size_t live() const { return ledger.goroutines().size(); }
  Goroutine at(Goid goid) const {
    Goroutine found;
    ledger.goroutines().for_each([&](const Goroutine& g) {
      if (g.goid == goid) found = g;
    });
    return found;
  }

  symbol::Symbols symbols;
  Ledger ledger{symbols};
  std::uint64_t states = 0;
  TimeNs last = 0;
};

TEST_F(LedgerTest, CreatesAndExits) {
  create(10, 1);
  create(11, 2);
  exit(10, 3);
  EXPECT_EQ(live(), 1u);
  EXPECT_EQ(ledger.created(), 2u);
  EXPECT_EQ(ledger.exited(), 1u);
  ASSERT_EQ(ledger.groups().size(), 1u);
  EXPECT_EQ(ledger.groups()[0].created, 2u);
  EXPECT_EQ(ledger.groups()[0].exited, 1u);
}

TEST_F(LedgerTest, TheFirstSnapshotFindsTheOlderOnes) {
  snapshot(10, {1, 2, 3});
  EXPECT_EQ(live(), 3u);
  EXPECT_EQ(ledger.created(), 0u);
  EXPECT_TRUE(at(1).older());
}

TEST_F(LedgerTest, CreatedAndThenFoundByTheFirstSnapshot) {
  create(10, 5);
  snapshot(10, {1, 10});
  EXPECT_EQ(live(), 2u);
  EXPECT_EQ(ledger.created(), 1u);
  EXPECT_FALSE(at(10).older());
}

TEST_F(LedgerTest, FoundByTheFirstSnapshotBeforeItsCreationComesThroughTheRing) {
  snapshot(10, {1, 10});
  create(10, 5);
  EXPECT_EQ(live(), 2u);
  EXPECT_EQ(ledger.created(), 1u);
  EXPECT_FALSE(at(10).older());
  EXPECT_EQ(at(10).created, 5u);
  EXPECT_EQ(ledger.groups()[at(10).group].stack, 5u);
}

TEST_F(LedgerTest, FoundByALaterSnapshotBeforeItsCreationComesThroughTheRing) {
  snapshot(10, {1});
  snapshot(20, {1, 10});
  EXPECT_EQ(ledger.created(), 1u);
  create(10, 15);
  EXPECT_EQ(ledger.created(), 1u);
  EXPECT_EQ(live(), 2u);
}

TEST_F(LedgerTest, ACreationThatComesTwiceCountsOnce) {
  create(10, 5);
  create(10, 5);
  EXPECT_EQ(ledger.created(), 1u);
}

TEST_F(LedgerTest, ExitedWhileTheSnapshotWasRead) {
  create(10, 5);
  exit(10, 12);
  begin(10);
  state(1);
  state(10);  // read at 11
  end();
  EXPECT_EQ(live(), 1u);
  EXPECT_EQ(ledger.exited(), 1u);
}

TEST_F(LedgerTest, ExitedBetweenTheSnapshotsRecords) {
  create(10, 5);
  begin(10);
  state(1);
  exit(10, 12);
  state(10);
  end();
  EXPECT_EQ(live(), 1u);
  EXPECT_EQ(ledger.exited(), 1u);
}

TEST_F(LedgerTest, AnOlderOneExitedWhileTheFirstSnapshotWasRead) {
  exit(2, 12);
  snapshot(10, {1, 2});
  EXPECT_EQ(live(), 1u);
  EXPECT_EQ(ledger.exited(), 1u);
  EXPECT_EQ(ledger.created(), 0u);
}

// It is in no snapshot, but was there: the first snapshot came to its place too late.
TEST_F(LedgerTest, AnOlderOneExitedBeforeTheFirstSnapshotCameToIt) {
  snapshot(10, {1, 3});
  exit(2, 9);
  EXPECT_EQ(live(), 2u);
  EXPECT_EQ(ledger.at_start(), 3u);
  EXPECT_EQ(ledger.exited(), 1u);
  EXPECT_EQ(ledger.created(), 0u);
}

TEST_F(LedgerTest, CreatedAndExitedBeforeTheFirstSnapshotCameToIt) {
  snapshot(10, {1});
  create(10, 5);
  exit(10, 6);
  EXPECT_EQ(ledger.at_start(), 1u);
  EXPECT_EQ(ledger.created(), 1u);
  EXPECT_EQ(ledger.exited(), 1u);
}

// Each P takes goids by the sixteen, so a later one can have a lower number.
TEST_F(LedgerTest, ALowGoidIsNotOlderWhereTheFirstSnapshotFoundAll) {
  snapshot(10, {1, 30});
  snapshot(20, {1, 30, 20});
  EXPECT_FALSE(at(20).older());
  EXPECT_EQ(ledger.created(), 1u);
  EXPECT_EQ(ledger.at_start(), 2u);
}

TEST_F(LedgerTest, WhoseCreationNobodySawWasCreatedBetweenTheSnapshots) {
  snapshot(1000, {1});
  snapshot(2000, {1, 2});
  EXPECT_EQ(at(2).created, 1500u);
}

TEST_F(LedgerTest, NowIsWhatWasThereAndCameAndDidNotGo) {
  snapshot(10, {1, 2, 3});
  create(10, 11);
  create(11, 12);
  exit(2, 13);
  exit(10, 14);
  exit(99, 15);  // its creation was lost
  snapshot(20, {1, 3, 11, 12});
  snapshot(30, {1, 11, 12});
  EXPECT_EQ(live(), 3u);
  EXPECT_EQ(ledger.at_start() + ledger.created() - ledger.exited(), live());
}

// The ring can be a snapshot behind.
TEST_F(LedgerTest, AnExitThatComesTwoSnapshotsLateCountsOnce) {
  snapshot(10, {1, 2});
  snapshot(20, {1});
  snapshot(30, {1});
  exit(2, 15);
  EXPECT_EQ(ledger.exited(), 1u);
  EXPECT_EQ(ledger.created(), 0u);
}

TEST_F(LedgerTest, TwoSnapshotsInQuickSuccessionStillFindWhoHasExited) {
  create(10, 5);
  exit(10, kSecond);
  snapshot(kSecond + 1, {1});
  snapshot(kSecond + 2, {1, 10});
  EXPECT_EQ(live(), 1u);
}

TEST_F(LedgerTest, ParkedAtTheStart) {
  begin(10);
  state(1);
  state(2);
  state(3, 9);  // parked in the window already
  end();
  create(2, 8);  // turns out to be of the window
  begin(20);
  state(1);
  state(2);
  state(3, 9);
  end();
  EXPECT_TRUE(ledger.parked_since_start(at(1)));
  EXPECT_FALSE(ledger.parked_since_start(at(2)));
  EXPECT_FALSE(ledger.parked_since_start(at(3)));
  EXPECT_EQ(ledger.parked_at_start().at(at(1).place), 1u);
  begin(30);
  state(1, 25);  // woken, and parked anew
  end();
  EXPECT_FALSE(ledger.parked_since_start(at(1)));
  EXPECT_EQ(ledger.parked_at_start().at(at(1).place), 1u);
}

TEST_F(LedgerTest, ExitSeenAMomentBeforeTheSnapshotThatStillFindsIt) {
  create(10, 5);
  exit(10, kSecond - 1000);
  snapshot(kSecond, {1, 10});
  EXPECT_EQ(live(), 1u);
}

TEST_F(LedgerTest, ALostExitIsHealed) {
  create(10, 5);
  snapshot(10, {1, 10});
  snapshot(20, {1});
  EXPECT_EQ(live(), 1u);
  EXPECT_EQ(ledger.exited(), 1u);
  EXPECT_EQ(ledger.groups()[0].exited, 1u);
}

TEST_F(LedgerTest, AnExitThatComesAfterTheSnapshotThatMissedItCountsOnce) {
  create(10, 5);
  snapshot(10, {1, 10});
  snapshot(20, {1});
  exit(10, 15);
  EXPECT_EQ(ledger.exited(), 1u);
  EXPECT_EQ(ledger.created(), 1u);
}

TEST_F(LedgerTest, ALostCreationIsHealed) {
  snapshot(10, {1});
  snapshot(20, {1, 10});
  EXPECT_EQ(live(), 2u);
  EXPECT_EQ(ledger.created(), 1u);
  EXPECT_FALSE(at(10).older());
  exit(10, 25);
  EXPECT_EQ(ledger.exited(), 1u);
}

TEST_F(LedgerTest, WhatTheFirstSnapshotCouldNotReadIsOlderStill) {
  begin(10);
  state(1);
  state(30);
  end(1);
  snapshot(20, {1, 20, 30});
  EXPECT_TRUE(at(20).older());
  EXPECT_EQ(ledger.created(), 0u);
}

TEST_F(LedgerTest, AnIncompleteSnapshotRemovesNobody) {
  create(10, 5);
  snapshot(10, {1, 10});
  begin(20);
  state(1);
  end(1);
  EXPECT_EQ(live(), 2u);
  EXPECT_EQ(ledger.unreadable(), 1u);
  begin(30);
  state(1);
  ledger.on(event::SnapshotEnd{30, 2, 0});  // one record was lost
  EXPECT_EQ(live(), 2u);
}

TEST_F(LedgerTest, CreatedWhileTheSnapshotWasReadAndNotInIt) {
  snapshot(10, {1});
  create(10, 21);
  snapshot(20, {1});
  EXPECT_EQ(live(), 2u);
}

TEST_F(LedgerTest, ASnapshotThatNeverEndsDoesNoHarm) {
  begin(10);
  state(1);
  begin(20);
  state(1);
  state(2);
  end();
  EXPECT_EQ(live(), 2u);
  ledger.on(event::SnapshotEnd{30, 0, 0});  // without a begin
  EXPECT_EQ(live(), 2u);
}

TEST_F(LedgerTest, TheDeadAreNotCounted) {
  begin(10);
  for (auto status :
       {event::GoStatus::kIdle, event::GoStatus::kDead, event::GoStatus::kDeadExtra}) {
    ledger.on(event::GoState{.time = 10, .goid = 5, .status = status});
  }
  EXPECT_EQ(live(), 0u);
}

TEST_F(LedgerTest, ExitsOfOlderOnesAreKeptByOrigin) {
  snapshot(10, {1, 2});
  exit(1, 15);
  ASSERT_EQ(ledger.older_exits({0x200, 0x100}).size(), 1u);
  EXPECT_EQ(ledger.older_exits({0x200, 0x100})[0], 15u);
  EXPECT_TRUE(ledger.older_exits({1, 2}).empty());
}

TEST_F(LedgerTest, ManyExitsWithoutASnapshotTakeBoundedMemory) {
  for (Goid goid = 1; goid < 2'000'000; ++goid) {
    create(goid, goid);
    exit(goid, goid);
  }
  EXPECT_EQ(live(), 0u);
  EXPECT_EQ(ledger.exited(), 1'999'999u);
}

TEST_F(LedgerTest, SystemGoroutinesAreKnownByTheirStartFunction) {
  symbols.on(event::Symbol{0x100, {{"runtime.inlined", "", 1}, {"runtime.bgsweep", "", 1}}});
  create(10, 5);
  exit(10, 6);
  EXPECT_EQ(ledger.created(), 0u);
  EXPECT_EQ(ledger.exited(), 0u);
}

TEST_F(LedgerTest, GoidsTellHowManyWereCreated) {
  EXPECT_FALSE(ledger.created_by_goids());
  snapshot(10, {7});
  EXPECT_FALSE(ledger.created_by_goids());
  ledger.on(event::Goids{20, 100});
  snapshot(20, {7});
  EXPECT_EQ(ledger.created_by_goids(), 0u);
  ledger.on(event::Goids{30, 160});
  snapshot(30, {7, 120});
  EXPECT_EQ(ledger.created_by_goids(), 60u);
}

}  // namespace
}  // namespace gosnoop::analyze
