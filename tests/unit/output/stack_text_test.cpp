// SPDX-License-Identifier: Apache-2.0
#include "output/stack_text.h"

#include <gtest/gtest.h>

#include <sstream>

#include "samples.h"

namespace gosnoop::output {
namespace {

Frames functions(const std::vector<std::string>& names) {
  Frames stack;
  for (const std::string& name : names) stack.push_back({name, "", 0});
  return stack;
}

std::string creator(const Frames& stack) { return creating_frame(stack)->function; }
std::string opener(const Frames& stack) { return opening_frame(stack)->function; }
std::string waiter(const Frames& stack) { return waiting_frame(stack)->function; }

TEST(CreatingFrame, SkipsWhatRunsGoForItsCaller) {
  EXPECT_EQ(creator(functions({"main.handle", "main.main"})), "main.handle");
  EXPECT_EQ(creator(functions({"runtime.newproc", "main.handle"})), "main.handle");
  EXPECT_EQ(creator(functions({"runtime.newcoro", "iter.Pull[...]", "main.first"})), "main.first");
  EXPECT_EQ(creator(functions({"iter.Pull2[...]", "main.first"})), "main.first");
  EXPECT_EQ(creator(functions({"sync.(*WaitGroup).Go", "main.all"})), "main.all");
}

TEST(CreatingFrame, OfTheRuntimeOnlyIsTheInnermost) {
  EXPECT_EQ(creator(functions({"runtime.gcBgMarkStartWorkers", "runtime.gcStart"})),
            "runtime.gcBgMarkStartWorkers");
  EXPECT_EQ(opening_frame({}), nullptr);
  EXPECT_EQ(creating_frame({}), nullptr);
}

// With files, without which a frame is C.
std::string caller(const std::vector<std::string>& names) {
  Frames stack = functions(names);
  for (Frame& frame : stack) frame.file = "x.go";
  return calling_frame(stack)->function;
}

TEST(CallingFrame, SkipsWhatPassesCallsOn) {
  EXPECT_EQ(caller({"syscall.Read", "os.(*File).Read", "main.load", "main.main"}), "main.load");
  EXPECT_EQ(caller({"syscall.Read", "os.(*File).Read"}), "os.(*File).Read");
  EXPECT_EQ(caller({"runtime.notetsleepg", "os/signal.signal_recv"}), "os/signal.signal_recv");
  EXPECT_EQ(calling_frame({}), nullptr);
}

TEST(CallingFrame, OfTheRuntimeSaysWhatFor) {
  EXPECT_EQ(caller({"runtime.futexsleep", "runtime.notesleep", "runtime.mPark", "runtime.stopm",
                    "runtime.findRunnable", "runtime.schedule", "runtime.mcall"}),
            "runtime.stopm");
  EXPECT_EQ(caller({"internal/runtime/syscall.EpollWait", "runtime.netpoll", "runtime.mcall"}),
            "runtime.netpoll");
  EXPECT_EQ(caller({"runtime.usleep", "runtime.sysmon", "runtime.mstart1"}), "runtime.sysmon");
  EXPECT_EQ(caller({"runtime.write", "runtime.netpollBreak", "runtime.mcall"}),
            "runtime.netpollBreak");
  EXPECT_EQ(caller({"runtime.futexsleep", "runtime.lock2"}), "runtime.lock2");
}

TEST(CreatingFrame, UsersFunctionsMayLookLikeTheRuntimes) {
  EXPECT_EQ(creator(functions({"runtime/pprof.StartCPUProfile", "main.main"})),
            "runtime/pprof.StartCPUProfile");
  EXPECT_EQ(creator(functions({"example.com/iter.Pull[...]"})), "example.com/iter.Pull[...]");
}

TEST(WaitingFrame, SkipsTheLibraryThatWaitsForItsCaller) {
  EXPECT_EQ(waiter(send_stack()), "main.handle.func1");
  EXPECT_EQ(waiter(lock_stack()), "main.(*Cache).Get");
  EXPECT_EQ(waiter(functions({"runtime.gopark", "time.Sleep", "main.tick"})), "main.tick");
  EXPECT_EQ(waiter(functions({"runtime.gopark", "sync.runtime_notifyListWait", "sync.(*Cond).Wait",
                              "main.take"})),
            "main.take");
}

TEST(WithoutRuntime, TrimsBothEndsOnly) {
  const Frames stack =
      functions({"runtime.gopark", "main.a", "runtime.callFn", "main.b", "runtime.goexit"});
  const auto shown = without_runtime(stack);
  ASSERT_EQ(shown.size(), 3U);
  EXPECT_EQ(shown.front().function, "main.a");
  EXPECT_EQ(shown.back().function, "main.b");
}

TEST(WithoutRuntime, KeepsAStackOfTheRuntimeAlone) {
  EXPECT_EQ(without_runtime(functions({"runtime.gopark", "runtime.bgsweep"})).size(), 2U);
}

TEST(ShortPath, DropsWhatTheFunctionAlreadySays) {
  EXPECT_EQ(
      short_path(Frame{"net/http.(*conn).serve", "/usr/lib/go-1.24/src/net/http/server.go", 1}),
      "net/http/server.go");
  EXPECT_EQ(short_path(Frame{"github.com/a/b.F", "/root/go/pkg/mod/github.com/a/b@v1.0.0/c.go", 1}),
            "github.com/a/b@v1.0.0/c.go");
  EXPECT_EQ(short_path(Frame{"github.com/a/b.F[...]", "/src/vendor/github.com/a/b/c.go", 1}),
            "github.com/a/b/c.go");
}

TEST(ShortPath, KeepsWhatItCannotShorten) {
  EXPECT_EQ(short_path(Frame{"main.handle", "/src/main/handler.go", 1}), "/src/main/handler.go");
  EXPECT_EQ(short_path(Frame{"http.F", "/src/nethttp/x.go", 1}), "/src/nethttp/x.go");
  EXPECT_EQ(short_path(Frame{"net/http.F", "net/http/server.go", 1}), "net/http/server.go");
  EXPECT_EQ(short_path(Frame{"", "", 1}), "");
  EXPECT_EQ(short_path(Frame{"/.[", "/", 1}), "/");
}

TEST(Brief, IsFunctionFileAndLine) {
  EXPECT_EQ(brief({"main.worker", "/src/main.go", 31}), "main.worker main.go:31");
  EXPECT_EQ(brief({"0x401000", "", 0}), "0x401000");
}

TEST(WriteStack, SaysWhereThereIsNone) {
  std::ostringstream out;
  write_stack(out, {}, 2, false, Style(false));
  EXPECT_EQ(out.str(), "  (stack not known)\n");
}

TEST(OpeningFrame, IsOutsideWhatPassesOn) {
  EXPECT_EQ(opener({{"syscall.connect", "a.go", 1},
                    {"net.Dial", "b.go", 2},
                    {"net/http.(*Transport).dial", "c.go", 3},
                    {"main.fetch", "d.go", 4},
                    {"main.main", "e.go", 5}}),
            "main.fetch");
}

TEST(OpeningFrame, IsTheOutermostWhereAllPassesOn) {
  EXPECT_EQ(opener({{"net.(*netFD).accept", "a.go", 1},
                    {"net/http.(*Server).Serve", "b.go", 2},
                    {"runtime.goexit", "c.s", 3}}),
            "net/http.(*Server).Serve");
}

}  // namespace
}  // namespace gosnoop::output
