// SPDX-License-Identifier: Apache-2.0
#include "output/traceback_rules.h"

#include <gtest/gtest.h>

namespace gosnoop::output {
namespace {

TEST(TracebackRules, MinorOfAVersion) {
  EXPECT_EQ(go_minor("go1.19.8"), 19);
  EXPECT_EQ(go_minor("go1.24"), 24);
  EXPECT_EQ(go_minor("devel go1.28-0f3a Mon"), 28);
  EXPECT_GT(go_minor("devel +abcdef"), 99);
  EXPECT_GT(go_minor(""), 99);
}

TEST(TracebackRules, TheRuntimesOwnIsHidden) {
  EXPECT_TRUE(shows_function("main.main", true, 24));
  EXPECT_FALSE(shows_function("runtime.gopark", true, 24));
  EXPECT_FALSE(shows_function("runtime.goexit", false, 24));
  EXPECT_TRUE(shows_function("runtime.Gosched", true, 24));
  EXPECT_TRUE(shows_function("runtime/debug.Stack", true, 24));
  EXPECT_TRUE(shows_function("internal/runtime/maps.fatal", true, 24));
  EXPECT_FALSE(shows_function("cmpbody", true, 24));
}

// isExportedRuntime looked at the first letter alone before Go 1.23.
TEST(TracebackRules, ExportedMethods) {
  EXPECT_FALSE(shows_function("runtime.(*Func).Entry", true, 22));
  EXPECT_TRUE(shows_function("runtime.(*Func).Entry", true, 23));
  EXPECT_FALSE(shows_function("runtime.(*Func).entry", true, 24));
  EXPECT_FALSE(shows_function("runtime.(*mheap).Alloc", true, 24));
  EXPECT_TRUE(shows_function("runtime.Frames.Next", true, 24));
  EXPECT_TRUE(shows_function("runtime.Callers.func1", true, 22));
  EXPECT_FALSE(shows_function("runtime.Callers.func1", true, 24));
  EXPECT_FALSE(shows_function("runtime.", true, 24));
}

TEST(TracebackRules, FinalizersAndCleanupsAreShownSinceGo125) {
  EXPECT_FALSE(shows_function("runtime.runFinalizers", false, 24));
  EXPECT_TRUE(shows_function("runtime.runFinalizers", true, 25));
  EXPECT_TRUE(shows_function("runtime.runCleanups", false, 27));
}

TEST(TracebackRules, APanicIsShownInTheMiddle) {
  EXPECT_FALSE(shows_function("runtime.gopanic", true, 24));
  EXPECT_TRUE(shows_function("runtime.gopanic", false, 24));
}

}  // namespace
}  // namespace gosnoop::output
