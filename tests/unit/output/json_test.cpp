// SPDX-License-Identifier: Apache-2.0
#include "output/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "golden.h"
#include "samples.h"

namespace gosnoop::output {
namespace {

using Json = nlohmann::ordered_json;
using Keys = std::vector<std::string>;

std::string text(const analyze::Report& report) {
  std::ostringstream out;
  write_report_json(out, report);
  return out.str();
}

Json document(const analyze::Report& report) { return Json::parse(text(report)); }

Keys keys(const Json& object) {
  Keys result;
  for (const auto& item : object.items()) result.push_back(item.key());
  return result;
}

TEST(ReportJson, Golden) { expect_golden("report.json", text(whole_report())); }

// docs/report-schema.md promises these; a key may be added, never renamed or removed.
TEST(ReportJson, KeysOfTheDocument) {
  const Json json = document(whole_report());
  EXPECT_EQ(keys(json), Keys({"schema", "target", "window", "losses", "goroutines", "leaks",
                              "blocking", "syscalls", "syscalls_now", "probe_cost"}));
  EXPECT_EQ(json["schema"], "gosnoop.report/1");
  EXPECT_EQ(keys(json["target"]),
            Keys({"pid", "exe", "go_version", "build_id", "stripped", "module"}));
  EXPECT_EQ(keys(json["window"]),
            Keys({"start", "seconds", "end", "probes", "snapshots", "min_block_ns"}));
  EXPECT_EQ(keys(json["losses"]), Keys({"create", "block", "exit", "stack", "syscall"}));
  EXPECT_EQ(keys(json["losses"]["block"]), Keys({"seen", "delivered", "dropped", "filtered"}));
  EXPECT_EQ(keys(json["probe_cost"]), Keys({"cores", "hits_per_second", "calls_per_second",
                                            "others_cores", "measured_seconds", "trap_ns"}));
  EXPECT_EQ(keys(json["goroutines"]),
            Keys({"now", "at_start", "created", "exited", "exact", "system", "unreadable"}));
}

TEST(ReportJson, KeysOfALeak) {
  const Json leak = document(troubled_report())["leaks"][0];
  EXPECT_EQ(keys(leak),
            Keys({"verdict", "why", "count", "created", "exited", "growth_per_second",
                  "oldest_seconds", "median_age_seconds", "youngest_seconds", "older_than_window",
                  "wait_reason", "start_function", "created_by", "blocked_at", "parked"}));
  EXPECT_EQ(keys(leak["created_by"][0]), Keys({"function", "file", "line"}));
  EXPECT_EQ(keys(leak["parked"][0]),
            Keys({"wait_reason", "count", "stack", "peers", "peers_left_out"}));
}

TEST(ReportJson, KeysOfAHotspot) {
  const Json hotspot = document(troubled_report())["blocking"][0];
  EXPECT_EQ(keys(hotspot),
            Keys({"wait_reason", "stack", "episodes", "total_ns", "mean_ns", "p50_ns", "p99_ns",
                  "max_ns", "waiting_now", "waiting_longest_ns", "waiting_at_start",
                  "waiting_since_start", "idle", "streamed", "wakers", "peers"}));
  EXPECT_EQ(keys(hotspot["wakers"][0]), Keys({"kind", "stack", "count"}));
}

TEST(ReportJson, KeysOfASystemCall) {
  const Json json = document(whole_report());
  EXPECT_EQ(keys(json["syscalls"][0]),
            Keys({"name", "runtime", "count", "failed", "errors", "total_ns", "p50_ns", "p99_ns",
                  "max_ns", "goroutines", "goroutines_complete", "goroutine_ids", "callers"}));
  EXPECT_EQ(keys(json["syscalls"][0]["callers"][0]), Keys({"stack", "count", "total_ns"}));
  EXPECT_EQ(keys(json["syscalls_now"][0]),
            Keys({"call", "goroutine", "runtime", "age_ns", "older_than_window", "stack"}));
}

TEST(ReportJson, StacksAreWhole) {
  const Json json = document(troubled_report());
  EXPECT_EQ(json["leaks"][0]["blocked_at"].size(), send_stack().size());
  EXPECT_EQ(json["leaks"][0]["blocked_at"][0]["function"], "runtime.gopark");
}

TEST(ReportJson, EmptyListsAreLists) {
  const Json json = document(empty_report());
  EXPECT_TRUE(json["leaks"].is_array());
  EXPECT_TRUE(json["blocking"].is_array());
}

TEST(ReportJson, VerdictsAndEndsByName) {
  EXPECT_EQ(document(leaking_report())["leaks"][0]["verdict"], "leaking");
  EXPECT_EQ(document(leaking_report())["leaks"][1]["verdict"], "suspect");
  EXPECT_EQ(document(leaking_report())["leaks"][2]["verdict"], "ok");
  analyze::Report report = empty_report();
  EXPECT_EQ(document(report)["window"]["end"], "complete");
  report.window.ended = false;
  EXPECT_EQ(document(report)["window"]["end"], "cut_off");
  report.window.end_reason = event::EndReason::kTargetExeced;
  EXPECT_EQ(document(report)["window"]["end"], "target_execed");
  report.window.end_reason = event::EndReason::kTooCostly;
  EXPECT_EQ(document(report)["window"]["end"], "too_costly");
}

TEST(ReportJson, InvalidUtf8IsReplaced) {
  analyze::Report report = leaking_report();
  report.target.exe = "/tmp/\xff\xfe";
  report.leaks[0].created_by[0].function = "main.\x80";
  const Json json = document(report);
  EXPECT_EQ(json["target"]["exe"], "/tmp/\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(json["leaks"][0]["created_by"][0]["function"], "main.\xef\xbf\xbd");
}

TEST(ReportJson, LargeNumbersAreExact) {
  analyze::Report report = blocking_report();
  report.blocking[0].total_ns = UINT64_MAX;
  EXPECT_EQ(document(report)["blocking"][0]["total_ns"].get<std::uint64_t>(), UINT64_MAX);
}

TEST(ReportJson, NoNumberIsNull) {
  analyze::Report report = leaking_report();
  report.leaks[0].growth_per_second = std::nan("");
  EXPECT_TRUE(document(report)["leaks"][0]["growth_per_second"].is_null());
}

}  // namespace
}  // namespace gosnoop::output
