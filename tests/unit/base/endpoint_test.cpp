// SPDX-License-Identifier: Apache-2.0
#include "base/endpoint.h"

#include <gtest/gtest.h>

namespace gosnoop {
namespace {

TEST(Endpoint, Ipv4IsWrittenAsSuch) {
  const std::uint8_t address[] = {10, 0, 0, 5};
  EXPECT_EQ(ipv4_endpoint(address, 5432).text(), "10.0.0.5:5432");
}

TEST(Endpoint, Ipv6HasBrackets) {
  Endpoint end{.port = 80};
  end.address[15] = 1;
  EXPECT_EQ(end.text(), "[::1]:80");
}

TEST(Endpoint, NoneIsNoAddressAndNoPort) {
  const std::uint8_t any[] = {0, 0, 0, 0};
  EXPECT_TRUE(Endpoint{}.none());
  EXPECT_TRUE(ipv4_endpoint(any, 0).none());
  EXPECT_FALSE(ipv4_endpoint(any, 1).none());
}

TEST(TcpState, NumbersOfTheKernelHaveNames) {
  EXPECT_EQ(tcp_state_name(1), "ESTABLISHED");
  EXPECT_EQ(tcp_state_name(kTcpCloseWait), "CLOSE_WAIT");
  EXPECT_EQ(tcp_state_name(kTcpListen), "LISTEN");
  EXPECT_EQ(tcp_state_name(200), "");
}

}  // namespace
}  // namespace gosnoop
