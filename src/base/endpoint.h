// SPDX-License-Identifier: Apache-2.0
// Ends of network connections and the states between them, as every output writes them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace gosnoop {

struct Endpoint {
  std::array<std::uint8_t, 16> address{};  // an IPv4 address as ::ffff:a.b.c.d
  std::uint16_t port = 0;

  auto operator<=>(const Endpoint&) const = default;
  // "127.0.0.1:80", "[::1]:80"; IPv4 in an IPv6 socket is IPv4.
  std::string text() const;
  bool none() const;  // no address, no port
};

Endpoint ipv4_endpoint(const void* address, std::uint16_t port);

// include/net/tcp_states.h
enum TcpState : std::uint8_t {
  kTcpTimeWait = 6,
  kTcpClose = 7,
  kTcpCloseWait = 8,
  kTcpListen = 10
};

// "ESTABLISHED", "CLOSE_WAIT"; "" for a number that is none.
std::string_view tcp_state_name(std::uint8_t state);

}  // namespace gosnoop
