// SPDX-License-Identifier: Apache-2.0
#include "output/dump_changes_text.h"

#include <gtest/gtest.h>

#include "dump_samples.h"
#include "golden.h"

namespace gosnoop::output {
namespace {

using analyze::DumpChange;
using analyze::DumpChanges;

std::string text(const DumpChanges& changes, const TextOptions& options = {}) {
  use_utc();
  std::ostringstream out;
  write_dump_changes(out, changes, options);
  return out.str();
}

DumpChange change(std::uint64_t before, std::uint64_t now, const std::string& function) {
  DumpChange result;
  result.status = GoStatus::kWaiting;
  result.wait_reason = "chan send";
  result.stack = {{"runtime.gopark", "/usr/lib/go/src/runtime/proc.go", 435},
                  {function, "/src/app/handler.go", 60}};
  result.created_by = one("main.handle", "/src/app/handler.go", 57);
  result.before = before;
  result.now = now;
  return result;
}

DumpChanges sample() {
  DumpChanges changes;
  changes.wall_clock_ns = analyze::kDumpWallClock;
  changes.elapsed_ns = 5'000'000'000;
  changes.before = 1322;
  changes.now = 1342;
  changes.created = 25;
  changes.ended = 5;
  changes.changed = {change(141, 1161, "main.leak"), change(0, 3, "main.fresh"),
                     change(7, 2, "main.drain"), change(1, 0, "main.last")};
  changes.changed[0].stayed = 141;
  changes.changed[0].longest_stay_ns = 125'000'000'000;
  changes.changed[3].status = GoStatus::kRunning;
  changes.changed[3].wait_reason.clear();
  changes.changed[3].stack.clear();
  changes.changed[3].created_by.clear();
  return changes;
}

TEST(DumpChangesText, Golden) { expect_golden("dump_changes.txt", text(sample())); }

TEST(DumpChangesText, TopOfEitherKind) {
  const std::string one_each = text(sample(), {.top = 1});
  EXPECT_NE(one_each.find("main.leak"), std::string::npos);
  EXPECT_NE(one_each.find("and 1 more places that grew"), std::string::npos);
  EXPECT_EQ(one_each.find("main.fresh"), std::string::npos);
  EXPECT_NE(one_each.find("main.drain"), std::string::npos);
  EXPECT_NE(text(sample(), {.all = true, .top = 1}).find("main.fresh"), std::string::npos);
}

TEST(DumpChangesText, NothingChanged) {
  DumpChanges changes = sample();
  changes.changed.clear();
  changes.before = changes.now;
  EXPECT_EQ(text(changes),
            "12:03:04.123456  1,342 goroutines, +0 in 5.00 s: 25 created, 5 ended; same places\n");
}

TEST(DumpChangesText, OddDumps) {
  analyze::DumpHistory history;
  const Dump odd = analyze::odd_dump();
  const std::string all = text(history.next(odd, user_groups(odd)));
  EXPECT_EQ(all.find('\x1b'), std::string::npos);
  EXPECT_NE(text(history.next(Dump{}, {})).find("5 ended"), std::string::npos);
}

}  // namespace
}  // namespace gosnoop::output
