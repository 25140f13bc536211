// SPDX-License-Identifier: Apache-2.0
// What the file descriptors of a process are, sockets above all.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/endpoint.h"
#include "base/fd.h"
#include "target/sock_diag.h"

namespace gosnoop::target {

// How a TCP connection does, by the kernel's own figures.
struct TcpQuality {
  std::uint32_t srtt_us = 0;  // smoothed round trip; 0: no sample yet
  std::uint32_t retransmits = 0;

  bool operator==(const TcpQuality&) const = default;
};

// A network connection or listener.
struct Socket {
  std::string protocol;                 // "tcp", "udp", "unix"
  std::string local;                    // "127.0.0.1:80", "[::1]:80"; a path for unix
  std::string remote;                   // "" for a listener, or where there is none
  std::string state;                    // "ESTABLISHED", "LISTEN", …; "" where there is none
  std::optional<TcpQuality> quality{};  // of a TCP connection, from Sockets::read_measured()

  // Whom it leads to, in short: the remote end; "[::]:80 (listening)" where there is none; "unix
  // /run/x".
  std::string peer() const;
  bool operator==(const Socket&) const = default;
};

// The sockets of a process's network namespace at one moment, and its file descriptors as they are
// when asked for.
class Sockets {
 public:
  Sockets() = default;  // none are known
  // What cannot be read is not known. `proc`: where procfs is mounted.
  static Sockets read(pid_t pid, const std::string& proc = "/proc");
  // The same with the quality of TCP connections, where the kernel tells it (sock_diag).
  static Sockets read_measured(pid_t pid);

  // What /proc/PID/fd/`fd` points at now, like "/var/log/x", "pipe:[7]"; "" where it is not open.
  std::string link(int fd) const;
  // The inode of what /proc/PID/fd/`fd` points at now; 0 where it is not open.
  std::uint64_t inode(int fd) const;
  // Of a link like "socket:[7]"; nothing for others, and for a socket made since read().
  std::optional<Socket> find(std::string_view link) const;
  std::optional<Socket> find(int fd) const { return find(link(fd)); }

 private:
  enum class Protocol : std::uint8_t { kTcp, kUdp };
  // A host can have a million of them, of which the target has few: text is made where asked for.
  struct Inet {
    std::uint64_t inode = 0;
    Endpoint local, remote;
    Protocol protocol = Protocol::kTcp;
    std::uint8_t state = 0;
    std::optional<TcpQuality> quality{};

    Socket socket() const;
  };
  struct Unix {
    std::uint64_t inode = 0;
    std::string path;
    bool listens = false, connected = false;

    Socket socket() const;
  };

  Sockets(const std::string& folder, const std::vector<TcpSocket>* measured);
  static std::optional<Endpoint> parse_end(std::string_view text);
  void add_inet(std::string_view text, Protocol protocol);
  void add_unix(std::string_view text);
  void add_tcp(const std::vector<TcpSocket>& sockets);

  Fd files_;                // /proc/PID/fd
  std::vector<Inet> inet_;  // by inode
  std::vector<Unix> unix_;  // by inode
};

}  // namespace gosnoop::target
