// SPDX-License-Identifier: Apache-2.0
// Reports as profiles: pprof, folded stacks and flame graphs.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "golden.h"
#include "output/flamegraph.h"
#include "output/folded.h"
#include "output/html.h"
#include "output/html_parts.h"
#include "output/report_pprof.h"
#include "pprof_reader.h"
#include "samples.h"

namespace gosnoop::output {
namespace {

using Lines = std::vector<std::string>;

template <typename Write>
std::string written(Write write) {
  std::ostringstream out;
  write(out);
  return out.str();
}

ReadProfile pprof_of(const analyze::Report& report, const StackProfile& profile) {
  return ProfileReader(written([&](auto& out) { write_pprof(out, report, profile); })).read();
}

std::string folded_of(const StackProfile& profile) {
  return written([&](auto& out) { write_folded(out, profile); });
}

TEST(Pprof, BlockingHasTheTypesOfGosBlockProfile) {
  const analyze::Report report = blocking_report();
  const auto profile = pprof_of(report, waits_profile(report));
  EXPECT_EQ(profile.sample_types, (Lines{"contentions/count", "delay/nanoseconds"}));
  EXPECT_EQ(profile.period_type, "contentions/count");
  EXPECT_EQ(profile.period, 1);
  EXPECT_EQ(profile.time_ns, static_cast<std::int64_t>(kSampleStart));
  EXPECT_EQ(profile.exe, "/usr/bin/app");
  ASSERT_EQ(profile.samples.size(), 2u);  // one has no waits that ended
  EXPECT_EQ(profile.samples[1].values, (std::vector<std::int64_t>{4210, 45'200'000'000}));
  EXPECT_EQ(profile.samples[1].labels.at("wait_reason"), "sync.Mutex.Lock");
  EXPECT_EQ(profile.stack(profile.samples[1]).back(), "main.worker /src/app/main.go:40");
}

TEST(Pprof, GoroutinesAreAllThereByWhereTheyAre) {
  analyze::Report report = leaking_report();
  report.leaks[0].parked[0].count = 150;  // eleven run
  const auto profile = pprof_of(report, goroutines_profile(report));
  EXPECT_EQ(profile.sample_types, Lines{"goroutine/count"});
  std::map<std::string, std::int64_t> by_verdict;
  for (const auto& sample : profile.samples) {
    by_verdict[sample.labels.at("verdict")] += sample.values[0];
  }
  EXPECT_EQ(by_verdict,
            (std::map<std::string, std::int64_t>{{"leaking", 161}, {"suspect", 161}, {"ok", 161}}));
  const auto& running = profile.samples.back();
  EXPECT_EQ(running.values[0], 11);
  EXPECT_EQ(profile.stack(running), Lines{"(stack not known) :0"});
}

TEST(Folded, OutermostFirstWithTheReasonLast) {
  const std::string text = folded_of(waits_profile(blocking_report()));
  EXPECT_EQ(text,
            "main.handle.func1 handler.go:60;[chan send] 912000000\n"
            "main.worker main.go:40;main.(*Cache).Get cache.go:31;sync.(*Mutex).Lock "
            "mutex.go:46;internal/sync.(*Mutex).lockSlow mutex.go:149;[sync.Mutex.Lock] "
            "45200000000\n");
}

TEST(Folded, GoroutinesByCreation) {
  analyze::Report report = empty_report();
  report.leaks = {suspect_group()};
  EXPECT_EQ(
      folded_of(creations_profile(report)),
      "main.poll poll.go:12;sync.(*WaitGroup).Go waitgroup.go:239;go main.handle.func1 161\n");
}

TEST(Folded, WhatWaitsForWorkStandsApart) {
  analyze::Report report = blocking_report();
  report.blocking[0].idle = true;
  EXPECT_NE(folded_of(waits_profile(report)).find("(waits for work);main.worker"),
            std::string::npos);
}

// A frame must not look like two, nor a stack like two lines.
TEST(Folded, OddNamesStayOneFrame) {
  StackProfile profile{"", {{"x", "count"}}, 0, {}};
  StackSample sample;
  sample.stack = {{"main.f[struct { A int; B\nint }]", "/src/a;b.go", 3}};
  sample.values = {7};
  profile.samples = {sample, sample};
  EXPECT_EQ(folded_of(profile), "main.f[struct { A int, B?int }] a,b.go:3 14\n");
}

TEST(Folded, AnUnknownStackIsSaidToBe) {
  analyze::Report report = blocking_report();
  report.blocking = {report.blocking[2]};
  report.blocking[0].episodes = 1;
  report.blocking[0].total_ns = 5;
  EXPECT_EQ(folded_of(waits_profile(report)), "(stack not known);[select] 5\n");
}

TEST(Profiles, SystemCallsAndConnections) {
  const analyze::Report calls = syscall_report();
  EXPECT_EQ(syscalls_profile(calls).sum(0), 160u);
  EXPECT_EQ(syscalls_profile(calls).sum(1), 12'000'000'000u);
  const analyze::Report tcp = tcp_report();
  EXPECT_EQ(connections_profile(tcp).sum(0), 2u);  // one failed
}

TEST(Html, TextIsEscaped) {
  EXPECT_EQ(html_text("a<b>&\"c'"), "a&lt;b&gt;&amp;&quot;c&#39;");
  EXPECT_EQ(html_text("bad \xff byte"), "bad \xEF\xBF\xBD byte");
}

analyze::Report hostile_report() {
  analyze::Report report = whole_report();
  report.tcp = tcp_report().tcp;
  const std::string evil = "main.f[</script><script>alert(1)</script>\xff]";
  report.target.exe = evil;
  report.leaks[0].start_function = evil;
  report.leaks[0].why = evil;
  report.blocking[0].stack[0] = {evil, evil, 1};
  report.blocking[0].stack[4] = {evil, evil, 2};
  report.blocking[0].wait_reason = evil;
  report.syscalls[0].name = evil;
  report.tcp.connections[0].remote = evil;
  return report;
}

std::size_t occurrences(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

// The only scripts are the page's own: its code, and a block of data a flame graph.
TEST(Html, NamesOfTheTargetAreNoMarkup) {
  const analyze::Report report = hostile_report();
  const std::string page = written([&](auto& out) { write_html(out, report, 10); });
  EXPECT_EQ(occurrences(page, "</script>"), 3u);
  EXPECT_EQ(occurrences(page, "alert(1)"),
            occurrences(page, "script&gt;alert(1)") + occurrences(page, "script>alert(1)\\u003c"));
  EXPECT_EQ(page.find('\xff'), std::string::npos);
}

TEST(Html, LoadsNothing) {
  const analyze::Report report = whole_report();
  const std::string page = written([&](auto& out) { write_html(out, report, 10); });
  for (const char* wrong : {"src=", "href=", "http://", "https://", "@import", "url("}) {
    EXPECT_EQ(page.find(wrong), std::string::npos) << wrong;
  }
}

TEST(Html, HasEveryPart) {
  analyze::Report report = whole_report();
  report.tcp = tcp_report().tcp;
  report.goroutines_over_time = {{0, 10}, {1, 20}};
  const std::string page = written([&](auto& out) { write_html(out, report, 10); });
  for (const char* part : {"<b>LEAKING</b>", "<b>UNCLOSED</b>", "<b>LOST</b>", "id=\"hotspots\"",
                           "id=\"syscalls\"", "id=\"connections\"", "id=\"losses\"", "<polyline",
                           "From 10 to 20", "Time waited", "Goroutines by who created them"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part;
  }
}

TEST(Html, AnEmptyReportIsAPageToo) {
  const std::string page = written([&](auto& out) { write_html(out, empty_report(), 10); });
  EXPECT_NE(page.find("no goroutine leak seen"), std::string::npos);
  EXPECT_NE(page.find("Nothing to show"), std::string::npos);
  EXPECT_EQ(page.find("<polyline"), std::string::npos);
}

TEST(Html, ListsNoMoreThanAskedFor) {
  const analyze::Report report = blocking_report();
  const std::string page = written([&](auto& out) { write_html(out, report, 1); });
  EXPECT_NE(page.find("And 2 more"), std::string::npos);
}

// The numbers of a node's children are never more than its own.
std::uint64_t check_tree(const nlohmann::json& node) {
  std::uint64_t sum = 0;
  for (const auto& child : node.value("c", nlohmann::json::array())) sum += check_tree(child);
  EXPECT_LE(sum, node["v"].get<std::uint64_t>());
  return node["v"].get<std::uint64_t>();
}

TEST(FlameGraph, HoldsTheWholeSum) {
  const analyze::Report report = hostile_report();
  const StackProfile profile = waits_profile(report);
  const std::string page = written([&](auto& out) { write_flamegraph(out, report, {profile}); });
  const std::string begin = "<script type=\"application/json\">";
  const std::size_t at = page.find(begin) + begin.size();
  const auto tree = nlohmann::json::parse(page.substr(at, page.find("</script>", at) - at));
  EXPECT_EQ(check_tree(tree), profile.sum(1));
}

}  // namespace
}  // namespace gosnoop::output
