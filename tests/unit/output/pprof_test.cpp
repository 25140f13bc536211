// SPDX-License-Identifier: Apache-2.0
#include "output/pprof.h"

#include <gtest/gtest.h>
#include <stdio.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "output/pprof_builder.h"
#include "pprof_reader.h"
#include "pprof_samples.h"

namespace gosnoop::output {
namespace {

using analyze::DumpGroup;
using event::GoStatus;
using snapshot::Dump;
using snapshot::kNone;
using Lines = std::vector<std::string>;

ReadProfile read(const std::string& gzipped) { return ProfileReader(gzipped).read(); }

const Lines kWorkerStack = {"runtime.gopark /usr/lib/go-1.24/src/runtime/proc.go:435",
                            "runtime.chanrecv /usr/lib/go-1.24/src/runtime/chan.go:664",
                            "runtime.chanrecv1 /usr/lib/go-1.24/src/runtime/chan.go:506",
                            "main.worker[go.shape.int] /src/app/main.go:40"};

// Two receive, in two groups by what differs beside the stack; one is new; one runs; two of the
// runtime.
Dump mixed_dump() {
  Dump dump = worker_dump();
  add_member(dump, GoStatus::kWaiting, 0);
  add_member(dump, GoStatus::kWaiting, 0).created_by = kNone;
  add_member(dump, GoStatus::kRunnable, 1);
  add_member(dump, GoStatus::kRunning, kNone);
  add_member(dump, GoStatus::kWaiting, 0).system = true;
  return dump;
}

std::vector<DumpGroup> mixed_groups() {
  return {group_of({2}), group_of({3}), group_of({0}), group_of({1}), group_of({4})};
}

TEST(GoroutineProfile, SaysWhatItCounts) {
  const auto profile = read(goroutine_profile(mixed_dump(), mixed_groups()));
  EXPECT_EQ(profile.sample_types, Lines{"goroutine/count"});
  EXPECT_EQ(profile.period_type, "goroutine/count");
  EXPECT_EQ(profile.period, 1);
  EXPECT_EQ(profile.time_ns, static_cast<std::int64_t>(kSampleStart));
  EXPECT_EQ(profile.mappings, 1U);
  EXPECT_EQ(profile.exe, "/usr/bin/app");
  EXPECT_EQ(profile.build_id, "c0ffee");
  EXPECT_EQ(profile.has, 4);
  EXPECT_EQ(profile.strings.at(0), "");
}

TEST(GoroutineProfile, OneSampleAStackLargestFirst) {
  const auto profile = read(goroutine_profile(mixed_dump(), mixed_groups()));
  ASSERT_EQ(profile.samples.size(), 3U);
  EXPECT_EQ(profile.samples[0].values, std::vector<std::int64_t>{2});
  EXPECT_EQ(profile.stack(profile.samples[0]), kWorkerStack);
  std::int64_t sum = 0;
  for (const auto& sample : profile.samples) sum += sample.values.at(0);
  EXPECT_EQ(sum, 4);
}

TEST(GoroutineProfile, GoroutinesOfTheRuntimeAreLeftOut) {
  EXPECT_TRUE(read(goroutine_profile(mixed_dump(), {group_of({4})})).samples.empty());
}

TEST(GoroutineProfile, AddressesAreOfCalls) {
  const auto profile = read(goroutine_profile(mixed_dump(), {group_of({0})}));
  const auto& locations = profile.samples.at(0).locations;
  ASSERT_EQ(locations.size(), 3U);
  EXPECT_EQ(profile.locations.at(locations[1]).address, 0x40201fU);
  EXPECT_EQ(profile.locations.at(locations[1]).lines.size(), 2U);
  EXPECT_EQ(profile.locations.at(locations[1]).mapping, 1U);
}

TEST(GoroutineProfile, OneThatNeverRanIsAtItsEntry) {
  const auto profile = read(goroutine_profile(mixed_dump(), {group_of({2})}));
  const auto& sample = profile.samples.at(0);
  EXPECT_EQ(profile.stack(sample), Lines{"main.worker[go.shape.int] /src/app/main.go:33"});
  EXPECT_EQ(profile.locations.at(sample.locations[0]).address, 0x406000U);
}

TEST(GoroutineProfile, AnUnknownStackIsSaidToBe) {
  const auto profile = read(goroutine_profile(mixed_dump(), {group_of({3})}));
  const auto& sample = profile.samples.at(0);
  EXPECT_EQ(profile.stack(sample), Lines{"(running; stack not known) :0"});
  EXPECT_EQ(profile.locations.at(sample.locations[0]).mapping, 0U);
}

TEST(GoroutineProfile, ATruncatedStackIsSaidToBe) {
  Dump dump = mixed_dump();
  dump.stacks[0] = {{0}, true};
  const auto profile = read(goroutine_profile(dump, {group_of({0})}));
  EXPECT_EQ(profile.stack(profile.samples.at(0)),
            (Lines{kWorkerStack[0], "(deeper than read) :0"}));
}

TEST(PprofBuilder, SamplesOfOneStackAddUpUnlessLabelsDiffer) {
  PprofBuilder builder;
  const auto at = builder.location(0x1000, {{"f", "f.go", 1}});
  EXPECT_EQ(builder.location(0x1000, {{"f", "f.go", 1}}), at);
  EXPECT_NE(builder.location(0x1000, {{"f", "f.go", 2}}), at);
  builder.add({at}, {1, 10});
  builder.add({at}, {2, 30});
  builder.add({at}, {9, 5}, {{"reason", "select"}});
  PprofHead head;
  head.sample_types = {{"contentions", "count"}, {"delay", "nanoseconds"}};
  const auto profile = read(builder.finish(head));
  EXPECT_EQ(profile.sample_types, (Lines{"contentions/count", "delay/nanoseconds"}));
  ASSERT_EQ(profile.samples.size(), 2U);
  EXPECT_EQ(profile.samples[0].values, (std::vector<std::int64_t>{9, 5}));
  EXPECT_EQ(profile.samples[0].labels.at("reason"), "select");
  EXPECT_EQ(profile.samples[1].values, (std::vector<std::int64_t>{3, 40}));
  EXPECT_TRUE(profile.samples[1].labels.empty());
  EXPECT_EQ(profile.functions.size(), 1U);
}

// Output of a command; fails the test where it fails.
std::string run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::string output;
  for (int c = ::fgetc(pipe); c != EOF; c = ::fgetc(pipe)) output += static_cast<char>(c);
  EXPECT_EQ(::pclose(pipe), 0) << command << ": " << output;
  return output;
}

// A file that goes when the test ends.
struct TempFile {
  explicit TempFile(const std::string& content) {
    const int fd = ::mkstemp(path);
    if (fd < 0) throw std::runtime_error("mkstemp");
    ::close(fd);
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TempFile() { ::unlink(path); }
  char path[32] = "/tmp/gosnoop-pprof-XXXXXX";
};

std::string go_tool_pprof(const std::string& how, const std::string& profile) {
  const TempFile file(profile);
  const std::string go = "go=$(" GOSNOOP_SOURCE_DIR
                         "/scripts/go-toolchain 1.24) && GOTOOLCHAIN=local GOFLAGS= $go/bin/go";
  return run(go + " tool pprof " + how + ' ' + file.path);
}

void expect_contains(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
}

TEST(GoroutineProfile, GoToolPprofReadsIt) {
  const std::string profile = goroutine_profile(mixed_dump(), mixed_groups());
  const std::string raw = go_tool_pprof("-raw", profile);
  expect_contains(raw, "PeriodType: goroutine count\nPeriod: 1\n");
  expect_contains(raw, "goroutine/count");
  expect_contains(raw, "runtime.chanrecv /usr/lib/go-1.24/src/runtime/chan.go:664");
  expect_contains(raw, "/usr/bin/app c0ffee [FN][FL][LN][IN]");
  const std::string top = go_tool_pprof("-top", profile);
  expect_contains(top, "of 4 total");
  expect_contains(top, "(running; stack not known)");
  expect_contains(top, "main.worker[go.shape.int]");
}

}  // namespace
}  // namespace gosnoop::output
