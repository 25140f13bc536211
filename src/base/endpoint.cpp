// SPDX-License-Identifier: Apache-2.0
#include "base/endpoint.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace gosnoop {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

constexpr std::array<std::string_view, 13> kStates{
    "",      "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2",   "TIME_WAIT",
    "CLOSE", "CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   "NEW_SYN_RECV"};

bool is_v4(const Endpoint& end) {
  return std::equal(kMapped.begin(), kMapped.end(), end.address.begin());
}

}  // namespace

std::string Endpoint::text() const {
  const bool v4 = is_v4(*this);
  char buffer[INET6_ADDRSTRLEN] = "";
  const void* bytes = address.data() + (v4 ? kMapped.size() : 0);
  ::inet_ntop(v4 ? AF_INET : AF_INET6, bytes, buffer, sizeof(buffer));
  return v4 ? fmt::format("{}:{}", buffer, port) : fmt::format("[{}]:{}", buffer, port);
}

bool Endpoint::none() const {
  auto begin = address.begin() + (is_v4(*this) ? kMapped.size() : 0);
  return port == 0 && std::all_of(begin, address.end(), [](auto byte) { return byte == 0; });
}

Endpoint ipv4_endpoint(const void* address, std::uint16_t port) {
  Endpoint end{.port = port};
  auto rest = std::copy(kMapped.begin(), kMapped.end(), end.address.begin());
  std::memcpy(&*rest, address, sizeof(in_addr));
  return end;
}

std::string_view tcp_state_name(std::uint8_t state) {
  return state < kStates.size() ? kStates[state] : "";
}

}  // namespace gosnoop
