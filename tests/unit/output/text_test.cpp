// SPDX-License-Identifier: Apache-2.0
#include "output/text.h"

#include <gtest/gtest.h>

#include <sstream>

#include "golden.h"
#include "samples.h"

namespace gosnoop::output {
namespace {

using Write = void (*)(std::ostream&, const analyze::Report&, const TextOptions&);

std::string text(Write write, const analyze::Report& report, const TextOptions& options = {}) {
  use_utc();
  std::ostringstream out;
  write(out, report, options);
  return out.str();
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

TEST(LeaksText, FirstLineNamesTheLeakingLine) {
  EXPECT_EQ(first_line(text(write_leaks, leaking_report())),
            "LEAKING  main.handle creates goroutines at /src/app/handler.go:57 that never end: "
            "161 now, +20.1/s, all in chan send (main.handle.func1 handler.go:60)");
}

TEST(LeaksText, HealthyProcessGetsACalmLine) {
  const std::string report = text(write_leaks, empty_report());
  EXPECT_EQ(first_line(report),
            "no goroutine leak seen in 10.0 s: 214 goroutines, 4,210 created, 4,211 exited");
  EXPECT_EQ(report.find("LOST"), std::string::npos);
  EXPECT_EQ(report.find("NOTE"), std::string::npos);
}

TEST(LeaksText, Golden) { expect_golden("leaks.txt", text(write_leaks, leaking_report())); }

TEST(LeaksText, GoldenOfAHealthyProcess) {
  expect_golden("leaks_healthy.txt", text(write_leaks, empty_report()));
}

TEST(LeaksText, GoldenWithAllGroupsAndFullPaths) {
  expect_golden("leaks_all.txt",
                text(write_leaks, leaking_report(), {.all = true, .full_paths = true}));
}

TEST(LeaksText, GoldenUnderLossOfATargetThatExited) {
  expect_golden("leaks_troubled.txt", text(write_leaks, troubled_report()));
}

TEST(LeaksText, BlocksMissingFromTheTotalsAreCounted) {
  analyze::Report report = troubled_report();
  report.blocking[0].episodes -= 12;
  EXPECT_NE(text(write_leaks, report).find(": 12 are missing from the totals too\n"),
            std::string::npos);
}

TEST(LeaksText, GroupWithoutStacksIsNamedByItsStartFunction) {
  analyze::Report report = empty_report();
  report.leaks = {leaking_group()};
  report.leaks[0].created_by.clear();
  report.leaks[0].blocked_at.clear();
  report.leaks[0].parked.clear();
  EXPECT_EQ(first_line(text(write_leaks, report)),
            "LEAKING  goroutines that start in main.handle.func1 that never end: 161 now, "
            "+20.1/s, most in chan send");
}

TEST(LeaksText, ACrowdThatDoesNotGrowIsNamed) {
  analyze::Report report = empty_report();
  report.goroutines.now = 30'000;
  report.crowd = leaking_group();
  report.crowd->count = 28'812;
  report.crowd->parked.clear();
  const std::string lines = text(write_leaks, report);
  EXPECT_NE(lines.find("\n28,812 of them were created by main.handle at "), std::string::npos)
      << lines;
  report.goroutines.now = 60'000;
  EXPECT_EQ(text(write_leaks, report).find("of them were"), std::string::npos);
}

TEST(LeaksText, AShortWindowSaysSo) {
  analyze::Report report = empty_report();
  report.window.seconds = 1.1;
  EXPECT_TRUE(
      text(write_leaks, report)
          .starts_with("no goroutine leak seen in 1.1 s, which is short to see one (-d 10s): "));
}

TEST(SyscallText, Golden) { expect_golden("syscalls.txt", text(write_syscalls, syscall_report())); }

TEST(SyscallText, SaysWhereNoneWasSeen) {
  EXPECT_TRUE(text(write_syscalls, empty_report()).starts_with("no goroutine finished"));
}

// The line of a report that says what its probes cost.
std::string cost_line(const event::ProbeCost& cost) {
  analyze::Report report = syscall_report();
  report.probe_cost = cost;
  const std::string all = text(write_syscalls, report);
  const std::size_t begin = all.rfind('\n', all.find(" cost")) + 1;
  return all.substr(begin, all.find('\n', begin) - begin);
}

TEST(HeaderText, CostOfSystemCalls) {
  EXPECT_EQ(cost_line({200'000'000, 0, 0, 0, 20'000, 10'000'000, 0}),
            "tracing costs it 5.0 % of a core (500 ns a system call)");
  EXPECT_EQ(
      cost_line({200'000'000, 2'000, 1'000'000, 500, 20'000, 10'000'000, 400'000}),
      "tracing costs it 6.0 % of a core (10,000 hits/s, 500 ns a system call), other processes "
      "0.2 %");
  EXPECT_EQ(cost_line({200'000'000, 0, 0, 0, 0, 0, 1'000}),
            "tracing costs it less than 0.1 % of a core");
  EXPECT_EQ(cost_line({200'000'000, 0, 0, 0, 0, 0, 0}),
            "tracing costs it less than 0.1 % of a core");
  EXPECT_EQ(cost_line({200'000'000, 0, 0, 500, 0, 0, 0}),
            "probes cost it less than 0.1 % of a core");
}

TEST(TcpText, Golden) { expect_golden("tcp.txt", text(write_tcp, tcp_report())); }

TEST(TcpText, NothingIsSaidInOneLine) {
  analyze::Report report = empty_report();
  report.tcp.watched = true;
  EXPECT_EQ(first_line(text(write_tcp, report)),
            "0 connections open; 0 connects, 0 accepted, 0 retransmits, 0 resets");
}

TEST(BlockText, Golden) { expect_golden("block.txt", text(write_block, blocking_report())); }

TEST(LeakText, NamesThePeersOfAPlace) {
  analyze::Report report = leaking_report();
  auto& place = report.leaks[0].parked[0];
  place.peers = {{"10.0.0.5:5432", 161, 0, 80'000, 3}};
  EXPECT_NE(text(write_leaks, report)
                .find("handler.go:60) for 10.0.0.5:5432, round trip 80.0 ms, 3 retransmits\n"),
            std::string::npos);
  place.peers = {{"10.0.0.5:5432", 150, 0, 80'000, 3}, {"unix /run/x", 11, 0, {}, {}}};
  place.peers_left_out = 4;
  EXPECT_NE(text(write_leaks, report)
                .find("    for\n        150  10.0.0.5:5432, round trip 80.0 ms, 3 retransmits\n"
                      "         11  unix /run/x\n             and 4 other peers\n"),
            std::string::npos);
}

TEST(BlockText, SplitsTheNetworkByPeer) {
  analyze::Report report = blocking_report();
  report.blocking[0].peers = {{"10.0.0.5:5432", 2340, 40'000'000'000, 45'000'000, 0, 0, 80'000, 3},
                              {"[::1]:80", 780, 5'000'000'000, 31'000'000, 2, 31'000'001, {}, {}},
                              {"10.0.0.6:80", 0, 0, 0, 1, 0, 0, 1}};
  const std::string lines = text(write_block, report);
  EXPECT_NE(
      lines.find("75 %  10.0.0.5:5432: 40.0 s in 2,340 waits, the longest 45.0 ms, round trip "
                 "80.0 ms, 3 retransmits\n"),
      std::string::npos);
  EXPECT_NE(
      lines.find("25 %  [::1]:80: 5.00 s in 780 waits, the longest 31.0 ms, 2 waiting now, for "
                 "up to 31.0 ms\n"),
      std::string::npos);
  EXPECT_NE(lines.find("             10.0.0.6:80: 1 waiting now, 1 retransmit\n"),
            std::string::npos);
}

TEST(BlockText, TopLimitsTheTable) {
  const std::string report = text(write_block, blocking_report(), {.top = 1});
  EXPECT_NE(report.find("and 2 more (--all shows them)"), std::string::npos);
  EXPECT_EQ(report.find("1,200,122"), std::string::npos);
  EXPECT_NE(text(write_block, blocking_report(), {.all = true, .top = 1}).find("1,200,122"),
            std::string::npos);
}

TEST(BlockText, NothingWaited) {
  EXPECT_EQ(first_line(text(write_block, empty_report())), "no goroutine waited in 10.0 s");
}

TEST(BothText, Golden) {
  analyze::Report report = leaking_report();
  report.blocking = blocking_report().blocking;
  expect_golden("both.txt", text(write_both, report));
}

TEST(Text, ColorsOnlyWhenAsked) {
  EXPECT_EQ(text(write_both, leaking_report()).find('\x1b'), std::string::npos);
  EXPECT_NE(text(write_both, leaking_report(), {.color = true}).find("\x1b[1;31mLEAKING"),
            std::string::npos);
}

TEST(Text, NamesCannotControlTheTerminal) {
  analyze::Report report = leaking_report();
  report.target.exe = "/tmp/\x1b[2Jevil";
  report.leaks[0].created_by[0].function = "main.\x1b[31m";
  report.leaks[0].created_by[0].file = "/a\n/b.go";
  report.leaks[0].parked[0].stack[3].function = "main.\x07";
  EXPECT_EQ(text(write_leaks, report).find_first_of("\x1b\x07"), std::string::npos);
}

}  // namespace
}  // namespace gosnoop::output
