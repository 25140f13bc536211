// SPDX-License-Identifier: Apache-2.0
// The TCP sockets of a network namespace as the kernel counts them, as `ss -tin` shows them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "base/endpoint.h"
#include "base/fd.h"
#include "base/result.h"

namespace gosnoop::target {

struct TcpSocket {
  std::uint64_t inode = 0;  // 0: no descriptor has it any more
  Endpoint local;
  Endpoint remote;
  std::uint8_t state = 0;        // include/net/tcp_states.h
  std::uint64_t bytes_sent = 0;  // payload, without retransmits
  std::uint64_t bytes_received = 0;
  std::uint32_t srtt_us = 0;  // 0: no sample yet
  std::uint32_t retransmits = 0;
};

// A netlink socket (sock_diag(7)) in the network namespace of a process.
class SockDiag {
 public:
  // Needs CAP_SYS_ADMIN where that is not our own namespace.
  static Result<SockDiag> open(pid_t pid);

  // All TCP sockets of the namespace, listeners included.
  Result<std::vector<TcpSocket>> tcp() const;

 private:
  explicit SockDiag(Fd netlink) : netlink_(std::move(netlink)) {}

  Fd netlink_;
};

// The inodes of all sockets that descriptors of the process name now. What cannot be read is left
// out.
std::unordered_set<std::uint64_t> socket_inodes(pid_t pid);

}  // namespace gosnoop::target
