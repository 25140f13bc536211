// SPDX-License-Identifier: Apache-2.0
#include "output/site_counters.h"

#include <gtest/gtest.h>

namespace gosnoop::output {
namespace {

// `episodes` waits of a second each, so far.
analyze::Hotspot hotspot(const std::string& function, std::uint64_t episodes) {
  analyze::Hotspot hotspot;
  hotspot.wait_reason = "chan receive";
  hotspot.stack = {{function, "main.go", 7}};
  hotspot.episodes = episodes;
  hotspot.total_ns = episodes * 1'000'000'000;
  hotspot.slots[30] = episodes;
  return hotspot;
}

Site site(const std::string& function) { return {function, "main.go:7", "chan receive"}; }
const Site kRest{kOther, "", ""};

std::uint64_t count(const SiteCounters& counters, const Site& of) {
  auto it = counters.counters().find(of);
  return it == counters.counters().end() ? 0 : it->second.count;
}

std::uint64_t sum(const SiteCounters& counters) {
  std::uint64_t sum = 0;
  for (const auto& [of, waits] : counters.counters()) {
    EXPECT_EQ(waits.slots[30], waits.count);
    EXPECT_EQ(waits.total_ns, waits.count * 1'000'000'000);
    sum += waits.count;
  }
  return sum;
}

TEST(SiteCounters, TheTopHaveTheirOwn) {
  SiteCounters counters(2);
  counters.update({hotspot("main.a", 10), hotspot("main.b", 20), hotspot("main.c", 30)});
  EXPECT_EQ(counters.counters().size(), 3u);
  EXPECT_EQ(count(counters, site("main.c")), 30u);
  EXPECT_EQ(count(counters, site("main.b")), 20u);
  EXPECT_EQ(count(counters, kRest), 10u);
}

TEST(SiteCounters, WhoComesToTheTopTakesNothingFromTheRest) {
  SiteCounters counters(1);
  counters.update({hotspot("main.a", 10), hotspot("main.b", 9)});
  counters.update({hotspot("main.a", 10), hotspot("main.b", 19)});  // not twice as much
  EXPECT_EQ(count(counters, site("main.a")), 10u);
  EXPECT_EQ(count(counters, kRest), 19u);
  counters.update({hotspot("main.a", 11), hotspot("main.b", 39)});
  EXPECT_EQ(count(counters, site("main.b")), 20u);  // from then on
  EXPECT_EQ(count(counters, site("main.a")), 0u);
  EXPECT_EQ(count(counters, kRest), 20u);
}

TEST(SiteCounters, CountWhatCameSince) {
  SiteCounters counters(2);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    counters.update({hotspot("main.a", i), hotspot("main.b", 2 * i), hotspot("main.c", 3 * i)});
    EXPECT_EQ(sum(counters), 6 * i);
  }
}

TEST(SiteCounters, PlacesOfOneSiteAreOne) {
  SiteCounters counters(3);
  auto other = hotspot("main.a", 5);
  other.stack.push_back({"main.caller", "main.go", 70});
  counters.update({hotspot("main.a", 10), other});
  EXPECT_EQ(count(counters, site("main.a")), 15u);
}

TEST(SiteCounters, ATotalThatShrinksAddsNothing) {
  SiteCounters counters(3);
  counters.update({hotspot("main.a", 10)});
  counters.update({hotspot("main.a", 4)});
  EXPECT_EQ(count(counters, site("main.a")), 10u);
  counters.update({});
  EXPECT_EQ(count(counters, site("main.a")), 10u);
}

TEST(SiteCounters, NoneOfTheirOwn) {
  SiteCounters counters(0);
  counters.update({hotspot("main.a", 10)});
  EXPECT_EQ(count(counters, kRest), 10u);
}

}  // namespace
}  // namespace gosnoop::output
