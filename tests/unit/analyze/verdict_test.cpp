// SPDX-License-Identifier: Apache-2.0
// Each rule of the verdict by itself.
#include "analyze/verdict.h"

#include <gtest/gtest.h>

namespace gosnoop::analyze {
namespace {

constexpr event::TimeNs kSecond = 1'000'000'000;
constexpr Conditions kEightSeconds{100 * kSecond, 108 * kSecond, 0};

// Ten a second for eight seconds, none exited, all but the last second's found parked.
Evidence leaking() {
  Evidence e;
  e.created = 80;
  e.survivors = {10, 10, 10, 10, 10, 10, 10, 10};
  e.settled = e.looked = e.staying = e.dormant = e.at_place = 70;
  e.first_created = e.oldest = 100 * kSecond;
  e.youngest = 108 * kSecond;
  e.late_survivors = 40;
  return e;
}

Verdict verdict(const Evidence& e, const Conditions& c = kEightSeconds) {
  return judge(e, c, "select").verdict;
}

TEST(Verdict, BothSignsAreALeak) {
  EXPECT_EQ(verdict(leaking()), Verdict::kLeaking);
  EXPECT_EQ(judge(leaking(), kEightSeconds, "select").why,
            "grew by 10.0 a second in every one of 8 slices of the window, none of 80 exited, all "
            "parked at select");
}

TEST(Verdict, AQuarterOfTheSlicesMayBeEmpty) {
  Evidence e = leaking();
  e.survivors = {20, 10, 0, 10, 10, 0, 20, 10};
  EXPECT_EQ(verdict(e), Verdict::kLeaking);
  EXPECT_NE(judge(e, kEightSeconds, "select").why.find("in 6 of 8 slices"), std::string::npos);
  e.survivors = {20, 10, 0, 10, 10, 0, 0, 30};
  e.dormant = 0;
  EXPECT_EQ(verdict(e), Verdict::kOk);
}

TEST(Verdict, TheLastSliceMustGrow) {
  Evidence e = leaking();
  e.survivors = {20, 10, 10, 10, 10, 10, 10, 0};
  e.dormant = 0;
  EXPECT_EQ(verdict(e), Verdict::kOk);
}

TEST(Verdict, ABurstAndATrickleAreNotSteady) {
  Evidence e = leaking();
  e.survivors = {73, 1, 1, 1, 1, 1, 1, 1};
  e.dormant = 0;
  EXPECT_EQ(verdict(e), Verdict::kOk);
}

TEST(Verdict, ManyOnTheirWayInTheLastSliceDoNotHideALeak) {
  Evidence e = leaking();
  e.created = 1080;
  e.survivors[7] = 1010;
  EXPECT_EQ(verdict(e), Verdict::kLeaking);
}

TEST(Verdict, ExitsOfOlderMembersMakeUpForCreations) {
  Evidence e = leaking();
  e.older_exits = 75;
  e.late_older_exits = 38;
  EXPECT_EQ(verdict(e), Verdict::kOk);
  e.late_older_exits = 3;
  EXPECT_EQ(verdict(e), Verdict::kLeaking);
}

TEST(Verdict, MembersThatEndAfterAWhile) {
  Evidence e = leaking();
  e.created = 80;
  e.exited = 12;  // those of the first 1.2 seconds
  e.survivors = {0, 8, 10, 10, 10, 10, 10, 10};
  e.oldest = e.first_created + 12 * kSecond / 10;
  EXPECT_EQ(verdict(e), Verdict::kOk);
  // As many exits, but from all over: they are another path's.
  e.survivors = {9, 9, 9, 9, 8, 8, 8, 8};
  e.oldest = e.first_created;
  EXPECT_EQ(verdict(e), Verdict::kLeaking);
}

TEST(Verdict, OneInEightNeedNotStay) {
  Evidence e = leaking();
  e.staying = e.at_place = 62;
  EXPECT_EQ(verdict(e), Verdict::kLeaking);
  e.staying = e.at_place = 50;
  EXPECT_EQ(verdict(e), Verdict::kSuspect);
}

TEST(Verdict, MembersAtManyPlacesDoNotStayAtOne) {
  Evidence e = leaking();
  e.at_place = 20;
  EXPECT_EQ(verdict(e), Verdict::kSuspect);
}

TEST(Verdict, GrowthAloneNeedsAGoodPartToStay) {
  Evidence e = leaking();
  e.staying = e.dormant = e.at_place = 0;
  EXPECT_EQ(verdict(e), Verdict::kSuspect);
  e.created = 1000;
  e.exited = 920;
  EXPECT_EQ(verdict(e), Verdict::kOk);
}

TEST(Verdict, DormantOnesAreSuspectOnlyIfNoneEverEnded) {
  Evidence e = leaking();
  e.survivors = {40, 0, 40, 0, 0, 0, 0, 0};
  e.youngest = 102 * kSecond;
  EXPECT_EQ(verdict(e), Verdict::kSuspect);
  e.older_exits = 1;
  EXPECT_EQ(verdict(e), Verdict::kOk);
  e.older_exits = 0;
  e.exited = 1;
  EXPECT_EQ(verdict(e), Verdict::kOk);
}

TEST(Verdict, FewDormantOnesAreNotSuspect) {
  Evidence e;
  e.created = 4;
  e.survivors = {4};
  e.settled = e.looked = e.staying = e.dormant = e.at_place = 4;
  e.first_created = e.oldest = e.youngest = 100 * kSecond;
  EXPECT_EQ(verdict(e), Verdict::kOk);
}

TEST(Verdict, NothingIsSaidOfAWindowThatIsTooShort) {
  Evidence e = leaking();
  e.first_created = e.oldest = 107 * kSecond;
  EXPECT_EQ(verdict(e, {107 * kSecond, 108 * kSecond, 0}), Verdict::kOk);
}

TEST(Verdict, NoEvidenceIsNoLeak) {
  EXPECT_EQ(verdict(Evidence{}), Verdict::kOk);
  EXPECT_EQ(verdict(Evidence{}, Conditions{}), Verdict::kOk);
}

TEST(Verdict, LossIsSaid) {
  Conditions lossy = kEightSeconds;
  lossy.dropped = 12;
  EXPECT_NE(judge(leaking(), lossy, "select").why.find("12 creations or exits were lost"),
            std::string::npos);
}

}  // namespace
}  // namespace gosnoop::analyze
