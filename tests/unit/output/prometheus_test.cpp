// SPDX-License-Identifier: Apache-2.0
#include "output/prometheus.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace gosnoop::output {
namespace {

const std::string kLabels = R"(pid="42",exe="/bin/a\"b",module="m",container="c0ffee")";

ServedProcess process() {
  ServedProcess process;
  process.container = "c0ffee";
  process.report.target.pid = 42;
  process.report.target.exe = "/bin/a\"b";
  process.report.target.module = "m";
  return process;
}

analyze::LeakGroup group(int line, std::uint64_t count, analyze::Verdict verdict) {
  analyze::LeakGroup group;
  group.verdict = verdict;
  group.count = count;
  group.growth_per_second = 0.5;
  group.created_by = {{"main.serve", "main.go", static_cast<std::uint32_t>(line)}};
  return group;
}

std::vector<std::string> lines(const Served& served, const std::string& metric) {
  std::istringstream text(metrics_text(served));
  std::vector<std::string> found;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(metric + "{") || line.starts_with(metric + " ")) found.push_back(line);
  }
  return found;
}

std::string line(const std::string& metric, const std::string& more, const std::string& value) {
  return metric + "{" + kLabels + (more.empty() ? "" : "," + more) + "} " + value;
}

TEST(Prometheus, SaysThatThereIsNoProcess) {
  EXPECT_EQ(lines({}, "gosnoop_processes"), std::vector<std::string>{"gosnoop_processes 0"});
  EXPECT_TRUE(lines({}, "gosnoop_goroutines").empty());
}

TEST(Prometheus, StatesAndLives) {
  Served served{.exporter = {}, .processes = {process()}};
  served.processes[0].report.states = {{event::GoStatus::kWaiting, "chan send", 7},
                                       {event::GoStatus::kRunning, "", 2}};
  served.processes[0].lives = {.created = 10, .exited = 3, .exact = false};
  EXPECT_EQ(
      lines(served, "gosnoop_goroutines"),
      (std::vector{line("gosnoop_goroutines", R"(state="waiting",wait_reason="chan send")", "7"),
                   line("gosnoop_goroutines", R"(state="running",wait_reason="")", "2")}));
  EXPECT_EQ(lines(served, "gosnoop_goroutines_created_total"),
            std::vector{line("gosnoop_goroutines_created_total", "", "10")});
  EXPECT_EQ(lines(served, "gosnoop_goroutine_lives_exact"),
            std::vector{line("gosnoop_goroutine_lives_exact", "", "0")});
}

TEST(Prometheus, SitesBeyondTheTopAreOther) {
  Served served{.exporter = {}, .processes = {process()}, .top = 2};
  auto& leaks = served.processes[0].report.leaks;
  for (int i = 1; i <= 10'000; ++i) {
    leaks.push_back(group(i, static_cast<std::uint64_t>(i), analyze::Verdict::kOk));
  }
  leaks.push_back(group(10'000, 5, analyze::Verdict::kLeaking));  // another path, the same line
  EXPECT_EQ(lines(served, "gosnoop_site_goroutines"),
            (std::vector{
                line("gosnoop_site_goroutines",
                     R"(created_by="main.serve",location="main.go:10000")", "10005"),
                line("gosnoop_site_goroutines",
                     R"(created_by="main.serve",location="main.go:9999")", "9999"),
                line("gosnoop_site_goroutines", R"(created_by="other",location="")", "49985001")}));
}

TEST(Prometheus, LeaksByVerdict) {
  Served served{.exporter = {}, .processes = {process()}};
  served.processes[0].report.leaks = {
      group(1, 30, analyze::Verdict::kLeaking), group(1, 20, analyze::Verdict::kLeaking),
      group(2, 10, analyze::Verdict::kSuspect), group(3, 90, analyze::Verdict::kOk)};
  EXPECT_EQ(lines(served, "gosnoop_leak_goroutines"),
            (std::vector{
                line("gosnoop_leak_goroutines",
                     R"(verdict="leaking",created_by="main.serve",location="main.go:1")", "50"),
                line("gosnoop_leak_goroutines",
                     R"(verdict="suspect",created_by="main.serve",location="main.go:2")", "10")}));
  EXPECT_EQ(lines(served, "gosnoop_leak_groups"),
            (std::vector{line("gosnoop_leak_groups", R"(verdict="leaking")", "2"),
                         line("gosnoop_leak_groups", R"(verdict="suspect")", "1")}));
  EXPECT_EQ(lines(served, "gosnoop_leak_growth_per_second").front().back(), '1');
}

TEST(Prometheus, HistogramsAreExactAtTheirBounds) {
  Served served{.exporter = {}, .processes = {process()}};
  auto& process = served.processes[0];
  process.probed = true;
  Waits waits;
  waits.slots[0] = 1;   // 0 ns
  waits.slots[10] = 2;  // less than 1024 ns
  waits.slots[11] = 4;  // from 1024 ns on
  waits.slots[36] = 8;
  waits.slots[40] = 16;  // beyond the last bound
  waits.count = 31;
  waits.total_ns = 1'500'000'000;
  process.blocking[{"main.f", "main.go:1", "select"}] = waits;
  auto buckets = lines(served, "gosnoop_block_seconds_bucket");
  ASSERT_EQ(buckets.size(), 15u);
  auto count = [&](const std::string& bound) {
    auto has = [&](const auto& text) { return text.find("le=\"" + bound + "\"") != text.npos; };
    auto it = std::find_if(buckets.begin(), buckets.end(), has);
    return it == buckets.end() ? "none" : it->substr(it->rfind(' ') + 1);
  };
  EXPECT_EQ(count("1.024e-06"), "3");
  EXPECT_EQ(count("4.096e-06"), "7");
  EXPECT_EQ(count("68.719476736"), "15");
  EXPECT_EQ(count("+Inf"), "31");
  EXPECT_EQ(lines(served, "gosnoop_block_seconds_sum")
                .front()
                .substr(lines(served, "gosnoop_block_seconds_sum").front().rfind(' ')),
            " 1.5");
  process.probed = false;
  EXPECT_TRUE(lines(served, "gosnoop_block_seconds_bucket").empty());
}

TEST(Prometheus, RefusedOnesByReason) {
  Served served;
  served.exporter.hidden = 3;
  served.exporter.refused = {{ErrorCode::kUnsupportedGo, 2}, {ErrorCode::kNoPermission, 1}};
  EXPECT_EQ(
      lines(served, "gosnoop_processes_unwatched"),
      (std::vector<std::string>{R"(gosnoop_processes_unwatched{reason="hidden"} 3)",
                                R"(gosnoop_processes_unwatched{reason="no_permission"} 1)",
                                R"(gosnoop_processes_unwatched{reason="unsupported_go"} 2)"}));
}

// A metric's name must not be there twice with the same labels.
TEST(Prometheus, ReasonsThatHaveNoNameAreOne) {
  Served served;
  served.exporter.refused = {{ErrorCode::kIo, 2}, {ErrorCode::kInternal, 1}};
  auto found = lines(served, "gosnoop_processes_unwatched");
  EXPECT_EQ(found.back(), R"(gosnoop_processes_unwatched{reason="other"} 3)");
  EXPECT_EQ(found.size(), 2u);
}

}  // namespace
}  // namespace gosnoop::output
