// SPDX-License-Identifier: Apache-2.0
#include "analyze/idle.h"

#include <gtest/gtest.h>

namespace gosnoop::analyze {
namespace {

TEST(Idle, KeepAliveConnectionWaitsForWork) {
  EXPECT_TRUE(waits_for_work({{"runtime.selectgo", "select.go", 351},
                              {"net/http.(*persistConn).writeLoop", "transport.go", 2590}}));
}

TEST(Idle, CallerOfAnUpstreamDoesNot) {
  EXPECT_FALSE(waits_for_work({{"runtime.selectgo", "select.go", 351},
                               {"net/http.(*persistConn).roundTrip", "transport.go", 2826}}));
}

TEST(Idle, UnknownStackDoesNot) { EXPECT_FALSE(waits_for_work({})); }

}  // namespace
}  // namespace gosnoop::analyze
