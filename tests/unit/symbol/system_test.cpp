// SPDX-License-Identifier: Apache-2.0
#include "symbol/system.h"

#include <gtest/gtest.h>

namespace gosnoop::symbol {
namespace {

TEST(SystemFunctions, AreTheRuntimesWithThreeExceptions) {
  for (const char* name : {"runtime.bgsweep", "runtime.forcegchelper", "runtime.runfinq"}) {
    EXPECT_TRUE(is_system_function(name)) << name;
  }
  for (const char* name : {"runtime.main", "runtime.handleAsyncEvent", "runtime.corostart",
                           "main.main", "runtime/debug.f", "0x4711", ""}) {
    EXPECT_FALSE(is_system_function(name)) << name;
  }
}

}  // namespace
}  // namespace gosnoop::symbol
