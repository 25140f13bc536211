// SPDX-License-Identifier: Apache-2.0
#include "analyze/syscalls.h"

#include <gtest/gtest.h>

#include "analyze/pipeline.h"

namespace gosnoop::analyze {
namespace {

using event::Origin;

constexpr std::uint32_t kRead = 0, kFutex = 202;
constexpr event::StackHash kServe = 0xa1, kWork = 0xb2;

event::SyscallTotals totals(std::uint32_t number, event::StackHash stack, std::uint64_t count,
                            std::uint64_t each_ns, Origin origin = Origin::kGoroutine) {
  event::SyscallTotals result{.stack = stack,
                              .number = number,
                              .origin = origin,
                              .count = count,
                              .errors = 0,
                              .sum_ns = count * each_ns,
                              .max_ns = each_ns,
                              .slots = {}};
  result.slots[11] = count;  // 1024 <= ns < 2048
  return result;
}

Pipeline observed(const std::vector<event::Event>& events) {
  Pipeline pipeline;
  pipeline.on(event::Symbol{0x1000, {{"main.serve", "/src/main.go", 7}}});
  pipeline.on(event::Symbol{0x2000, {{"main.work", "/src/main.go", 9}}});
  pipeline.on(event::Stack{kServe, false, {0x1000}});
  pipeline.on(event::Stack{kWork, false, {0x2000}});
  pipeline.on(event::SyscallName{kRead, "read"});
  pipeline.on(event::SyscallName{kFutex, "futex"});
  for (const auto& event : events) pipeline.on(event);
  return pipeline;
}

TEST(Syscalls, ACallersTotalsAddUpToTheCall) {
  auto report =
      observed({totals(kRead, kServe, 10, 1500), totals(kRead, kWork, 30, 2000)}).report();
  ASSERT_EQ(report.syscalls.size(), 1u);
  const auto& read = report.syscalls[0];
  EXPECT_EQ(read.name, "read");
  EXPECT_EQ(read.count, 40u);
  EXPECT_EQ(read.total_ns, 75'000u);
  EXPECT_EQ(read.max_ns, 2000u);
  ASSERT_EQ(read.callers.size(), 2u);
  EXPECT_EQ(read.callers[0].stack[0].function, "main.work");
  EXPECT_EQ(read.callers[0].count, 30u);
}

TEST(Syscalls, LaterTotalsReplaceEarlierOnes) {
  auto report =
      observed({totals(kRead, kServe, 10, 1500), totals(kRead, kServe, 12, 1500)}).report();
  EXPECT_EQ(report.syscalls[0].count, 12u);
}

TEST(Syscalls, TheRuntimesOwnAreToldApartAndComeLast) {
  auto report = observed({totals(kFutex, kServe, 10, 2000, Origin::kRuntime),
                          totals(kFutex, kWork, 1, 1500), totals(kRead, kWork, 1, 1100)})
                    .report();
  ASSERT_EQ(report.syscalls.size(), 3u);
  EXPECT_EQ(report.syscalls[0].name, "futex");
  EXPECT_FALSE(report.syscalls[0].runtime);
  EXPECT_EQ(report.syscalls[1].name, "read");
  EXPECT_TRUE(report.syscalls[2].runtime);
}

TEST(Syscalls, ErrorsByNameAndWhatHadNoRoom) {
  auto failing = totals(kRead, kServe, 10, 1500);
  failing.errors = 7;
  auto report = observed({failing, event::SyscallErrors{kRead, Origin::kGoroutine, 11, 4},
                          event::SyscallErrors{kRead, Origin::kGoroutine, 512, 1}})
                    .report();
  std::map<std::string, std::uint64_t> expected{{"EAGAIN", 4}, {"ERESTARTSYS", 1}, {"other", 2}};
  EXPECT_EQ(report.syscalls[0].errors, expected);
}

TEST(Syscalls, GoroutinesAndWhetherThoseAreAll) {
  auto report = observed({totals(kRead, kServe, 10, 1500),
                          event::SyscallGoroutines{kRead, false, 70'000, {1, 2}}})
                    .report();
  EXPECT_EQ(report.syscalls[0].goroutines, 70'000u);
  EXPECT_FALSE(report.syscalls[0].goroutines_complete);
}

TEST(Syscalls, ThoseInFlightByAge) {
  event::Syscall young;
  young.goid = 5;
  young.duration_ns = 10;
  young.stack = kServe;
  young.tid = 1;
  young.in_flight = true;
  auto old = young;
  old.tid = 2;
  old.goid = 6;
  old.duration_ns = 1000;
  old.text = "read(fd=3)";
  auto returned = old;
  returned.tid = 3;
  returned.in_flight = false;
  auto report = observed({young, old, returned}).report();
  ASSERT_EQ(report.syscalls_now.size(), 2u);
  EXPECT_EQ(report.syscalls_now[0].goroutine, 6u);
  EXPECT_EQ(report.syscalls_now[0].call, "read(fd=3)");
  EXPECT_EQ(report.syscalls_now[1].call, "read");
  EXPECT_EQ(report.syscalls_now[1].stack[0].function, "main.serve");
}

}  // namespace
}  // namespace gosnoop::analyze
