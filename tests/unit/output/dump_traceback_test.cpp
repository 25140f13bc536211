// SPDX-License-Identifier: Apache-2.0
#include "output/dump_traceback.h"

#include <gtest/gtest.h>

#include "dump_samples.h"
#include "golden.h"

namespace gosnoop::output {
namespace {

std::string text(const Dump& dump, bool full_paths = true) {
  std::ostringstream out;
  write_tracebacks(out, dump, user_members(dump), full_paths);
  return out.str();
}

// A goroutine that main.main created, with these frames.
Dump dump_of(const symbol::Frames& frames, const std::string& version = "go1.24.4") {
  DumpBuilder builder;
  builder.dump().target.go_version = version;
  std::vector<std::uint32_t> stack;
  for (const symbol::Frame& frame : frames) stack.push_back(builder.location({frame}));
  const auto creator = builder.location(one("main.main", "/main.go", 9), 0x91);
  builder.parked(builder.stack(stack), analyze::kReceive, creator).goid = 18;
  builder.dump().members[0].parent_goid = 1;
  return builder.dump();
}

symbol::Frames deep(std::size_t depth) {
  symbol::Frames frames = one("runtime.gopark", "/proc.go", 1);
  for (std::uint32_t i = 1; i <= depth; ++i) frames.push_back({"main.f", "/main.go", i});
  return frames;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST(Traceback, Golden) { expect_golden("dump_all.txt", text(sample_dump())); }

TEST(Traceback, AsGoPrintsIt) {
  EXPECT_EQ(text(dump_of({{"runtime.gopark", "/go/src/runtime/proc.go", 435},
                          {"runtime.chanrecv1", "/go/src/runtime/chan.go", 506},
                          {"main.worker", "/src/app/main.go", 12},
                          {"runtime.goexit", "/go/src/runtime/asm_amd64.s", 1700}})),
            "goroutine 18 [chan receive]:\n"
            "main.worker(...)\n"
            "\t/src/app/main.go:12 +0x1d\n"
            "created by main.main in goroutine 1\n"
            "\t/main.go:9 +0x91\n");
}

TEST(Traceback, WithoutAParentBeforeGo121) {
  Dump dump = dump_of(one("main.f", "/main.go", 1), "go1.19.8");
  dump.members[0].parent_goid = 0;
  EXPECT_NE(text(dump).find("created by main.main\n\t/main.go:9 +0x91\n"), std::string::npos);
}

TEST(Traceback, ShowsTheRuntimeWhereNothingElseIs) {
  EXPECT_EQ(text(dump_of({{"runtime.gopark", "/proc.go", 435}, {"runtime.goexit", "/asm.s", 1}})),
            "goroutine 18 [chan receive]:\n"
            "runtime.gopark(...)\n\t/proc.go:435 +0x1d\n"
            "runtime.goexit(...)\n\t/asm.s:1 +0x1d\n"
            "created by main.main in goroutine 1\n\t/main.go:9 +0x91\n");
}

TEST(Traceback, PanicsButNoneThatComesFirst) {
  const symbol::Frames frames = {{"runtime.gopanic", "/panic.go", 1},
                                 {"main.f", "/main.go", 2},
                                 {"runtime.gopanic", "/panic.go", 3},
                                 {"main.g", "/main.go", 4}};
  const std::string all = text(dump_of(frames));
  EXPECT_EQ(count(all, "panic(...)\n"), 1U);
  EXPECT_NE(all.find("panic(...)\n\t/panic.go:3 +0x1d\nmain.g(...)"), std::string::npos);
}

TEST(Traceback, ElidesTheMiddleOfMoreThanAHundred) {
  EXPECT_EQ(text(dump_of(deep(100))).find("elided"), std::string::npos);
  const std::string longer = text(dump_of(deep(103)));
  EXPECT_NE(longer.find("/main.go:50 +0x1d\n...3 frames elided...\nmain.f(...)\n\t/main.go:54 "),
            std::string::npos);
  EXPECT_EQ(count(longer, "main.f(...)"), 100U);
}

// It stops after a hundred, those it does not show among them, and says so only where it showed
// all.
TEST(Traceback, EndsAfterAHundredBeforeGo121) {
  const std::string one_hidden = text(dump_of(deep(103), "go1.19.8"));
  EXPECT_EQ(count(one_hidden, "main.f(...)"), 99U);
  EXPECT_EQ(one_hidden.find("elided"), std::string::npos);
  symbol::Frames frames = deep(103);
  frames.erase(frames.begin());
  const std::string all_shown = text(dump_of(frames, "go1.19.8"));
  EXPECT_NE(all_shown.find("/main.go:100 +0x1d\n...additional frames elided...\ncreated by"),
            std::string::npos);
}

TEST(Traceback, SaysThatAStackWasNotReadToItsEnd) {
  Dump dump = dump_of(one("main.f", "/main.go", 1));
  dump.stacks[0].truncated = true;
  EXPECT_NE(text(dump).find("/main.go:1 +0x1d\n...additional frames elided...\ncreated by"),
            std::string::npos);
}

TEST(Traceback, WholeMinutesOnly) {
  Dump dump = dump_of(one("main.f", "/main.go", 1));
  dump.members[0].waiting_since_ns = kDumpTime - kMinute + 1;
  EXPECT_EQ(count(text(dump), "[chan receive]:"), 1U);
  dump.members[0].waiting_since_ns = kDumpTime - 5 * kMinute;
  dump.members[0].locked = true;
  EXPECT_EQ(count(text(dump), "[chan receive, 5 minutes, locked to thread]:"), 1U);
  dump.members[0].status = GoStatus::kRunnable;
  EXPECT_EQ(count(text(dump), "[runnable, locked to thread]:"), 1U);
}

// Since Go 1.25; those reasons that have "(durable)" in their name say it themselves.
TEST(Traceback, InABubble) {
  Dump dump = dump_of(one("main.f", "/main.go", 1), "go1.25.1");
  dump.members[0].bubble = true;
  EXPECT_EQ(count(text(dump), "[chan receive]:"), 1U);
  dump.members[0].wait_reason = analyze::kSleep;
  EXPECT_EQ(count(text(dump), "[sleep (durable)]:"), 1U);
  dump.members[0].status = GoStatus::kRunnable;
  EXPECT_EQ(count(text(dump), "[runnable]:"), 1U);
}

TEST(Traceback, RunningSomewhereElse) {
  Dump dump = dump_of(one("main.f", "/main.go", 1));
  dump.members[0].status = GoStatus::kRunning;
  dump.members[0].stack = snapshot::kNone;
  EXPECT_EQ(text(dump),
            "goroutine 18 [running]:\n"
            "\tgoroutine running on other thread; stack unavailable\n"
            "created by main.main in goroutine 1\n\t/main.go:9 +0x91\n");
}

TEST(Traceback, NobodyCreatesTheMainGoroutine) {
  Dump dump = dump_of(one("main.f", "/main.go", 1));
  dump.members[0].goid = 1;
  EXPECT_EQ(text(dump).find("created by"), std::string::npos);
}

TEST(Traceback, ABlankLineBetweenTwo) {
  Dump dump = dump_of(one("main.f", "/main.go", 1));
  dump.members.push_back(dump.members[0]);
  EXPECT_EQ(count(text(dump), "+0x91\n\ngoroutine 18 ["), 1U);
  EXPECT_EQ(count(text(dump), "\n\n"), 1U);
}

TEST(Traceback, ShortPaths) {
  const Dump dump = dump_of(one("net/http.(*conn).serve", "/usr/lib/go/src/net/http/server.go", 2));
  EXPECT_NE(text(dump, false).find("\tnet/http/server.go:2 +0x1d\n"), std::string::npos);
}

TEST(Traceback, OddValuesAreLines) {
  const std::string odd = text(analyze::odd_dump());
  EXPECT_EQ(count(odd, "goroutine "), 5U + count(odd, "goroutine running on"));
  EXPECT_EQ(odd.find('\x1b'), std::string::npos);
  EXPECT_EQ(odd.find('\r'), std::string::npos);
  EXPECT_EQ(text(Dump{}), "");
}

}  // namespace
}  // namespace gosnoop::output
