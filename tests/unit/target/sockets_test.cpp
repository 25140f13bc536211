// SPDX-License-Identifier: Apache-2.0
#include "target/sockets.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "tests/unit/target/fake_proc.h"

namespace gosnoop::target {
namespace {

// As Linux 6.1 prints them.
constexpr const char* kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode                                                     \n"
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "101 1 0000000000000000 100 0 0 10 0                       \n"
    "   1: 0100007F:1F90 0201A8C0:D2F1 01 00000000:00000000 00:00000000 00000000  1000        0 "
    "102 1 0000000000000000 20 4 30 10 -1                      \n"
    "   2: 0100007F:D2F1 0100007F:1F90 06 00000000:00000000 03:00001770 00000000     0        0 "
    "0 3 0000000000000000                                      \n"
    "   3: 0100007F:1F90 0201A8C0:D2F2 08 00000000:00000000 00:00000000 00000000  1000        0 "
    "103 1 0000000000000000 20 4 30 10 -1                      \n";
constexpr const char* kTcp6 =
    "  sl  local_address                         remote_address                        st tx_queue "
    "rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
    "   0: 00000000000000000000000000000000:01BB 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 201 1 0000000000000000 100 0 0 10 0\n"
    "   1: B80D0120000000000000000001000000:01BB 00000000000000000000000001000000:C350 01 "
    "00000000:00000000 00:00000000 00000000     0        0 202 1 0000000000000000 20 4 0 10 -1\n"
    "   2: 0000000000000000FFFF00000100007F:01BB 0000000000000000FFFF00000200007F:C351 01 "
    "00000000:00000000 00:00000000 00000000     0        0 203 1 0000000000000000 20 4 0 10 -1\n";
constexpr const char* kUdp =
    "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode ref pointer drops\n"
    "  271: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 "
    "301 2 0000000000000000 0\n"
    "  272: 0100007F:9C40 0100007F:0035 01 00000000:00000000 00:00000000 00000000     0        0 "
    "302 2 0000000000000000 0\n";
constexpr const char* kUnix =
    "Num       RefCount Protocol Flags    Type St Inode Path\n"
    "0000000000000000: 00000002 00000000 00010000 0001 01   401 /run/a socket\n"
    "0000000000000000: 00000003 00000000 00000000 0001 03   402 @abstract\n"
    "0000000000000000: 00000003 00000000 00000000 0001 03   403\n"
    "0000000000000000: 00000002 00000000 00000000 0002 01   404 /run/log\n";

class SocketsTest : public testing::Test {
 protected:
  SocketsTest() {
    proc_.file("42/net/tcp", kTcp);
    proc_.file("42/net/tcp6", kTcp6);
    proc_.file("42/net/udp", kUdp);
    proc_.file("42/net/unix", kUnix);
    proc_.link("42/fd/7", "socket:[102]");
    proc_.link("42/fd/8", "/var/log/socket:[102]");
    sockets_.emplace(Sockets::read(42, proc_.root()));
  }

  void expect(int inode, const Socket& socket) const {
    auto found = sockets_->find(fmt::format("socket:[{}]", inode));
    ASSERT_TRUE(found) << inode;
    EXPECT_EQ(found->protocol, socket.protocol) << inode;
    EXPECT_EQ(found->local, socket.local) << inode;
    EXPECT_EQ(found->remote, socket.remote) << inode;
    EXPECT_EQ(found->state, socket.state) << inode;
  }

  FakeProc proc_;
  std::optional<Sockets> sockets_;
};

TEST_F(SocketsTest, OfTcp) {
  expect(101, {"tcp", "127.0.0.1:8080", "", "LISTEN"});
  expect(102, {"tcp", "127.0.0.1:8080", "192.168.1.2:54001", "ESTABLISHED"});
  expect(103, {"tcp", "127.0.0.1:8080", "192.168.1.2:54002", "CLOSE_WAIT"});
}

TEST_F(SocketsTest, OfIPv6) {
  expect(201, {"tcp", "[::]:443", "", "LISTEN"});
  expect(202, {"tcp", "[2001:db8::1]:443", "[::1]:50000", "ESTABLISHED"});
}

TEST_F(SocketsTest, IPv4OnIPv6IsIPv4) {
  expect(203, {"tcp", "127.0.0.1:443", "127.0.0.2:50001", "ESTABLISHED"});
}

TEST_F(SocketsTest, OfUdp) {
  expect(301, {"udp", "0.0.0.0:53", "", ""});
  expect(302, {"udp", "127.0.0.1:40000", "127.0.0.1:53", ""});
}

TEST_F(SocketsTest, OfUnix) {
  expect(401, {"unix", "/run/a socket", "", "LISTEN"});
  expect(402, {"unix", "@abstract", "", "ESTABLISHED"});
  expect(403, {"unix", "", "", "ESTABLISHED"});
  expect(404, {"unix", "/run/log", "", ""});
}

TEST_F(SocketsTest, OfADescriptor) {
  ASSERT_TRUE(sockets_->find(7));
  EXPECT_EQ(sockets_->find(7)->remote, "192.168.1.2:54001");
  EXPECT_EQ(sockets_->link(7), "socket:[102]");
}

TEST_F(SocketsTest, WhatIsNoneIsNotTakenForOne) {
  EXPECT_FALSE(sockets_->find(8));
  EXPECT_FALSE(sockets_->find(9));
  EXPECT_FALSE(sockets_->find(-1));
  for (auto* link : {"", "pipe:[102]", "socket:[", "socket:[]", "socket:[1x]", "socket:[0]",
                     "socket:[99999]", "anon_inode:[eventpoll]"}) {
    EXPECT_FALSE(sockets_->find(std::string_view(link))) << link;
  }
}

// A descriptor that was closed and given anew is what it is now.
TEST_F(SocketsTest, ADescriptorThatIsReused) {
  std::filesystem::remove(proc_.root() + "/42/fd/7");
  EXPECT_FALSE(sockets_->find(7));
  proc_.link("42/fd/7", "socket:[77777]");
  EXPECT_FALSE(sockets_->find(7));
}

TEST(Sockets, OfDamagedTables) {
  FakeProc proc;
  proc.file("1/net/tcp", "\n\n 1: zz:1 2 3\n2: 0100007F:1F90 0100007F 0A 0 0 0 0 0 5\n\x01\xff");
  proc.file("1/net/unix", "x\n0: 1 2 3\n");
  EXPECT_FALSE(Sockets::read(1, proc.root()).find("socket:[5]"));
  EXPECT_FALSE(Sockets::read(2, proc.root()).find("socket:[5]"));  // no such process
}

TEST(Sockets, OfThisProcess) {
  Fd listener(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  socklen_t size = sizeof(address);
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  auto found = Sockets::read(::getpid()).find(listener.get());
  ASSERT_TRUE(found);
  auto local = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
  EXPECT_EQ(*found, (Socket{"tcp", local, "", "LISTEN"}));
  EXPECT_EQ(found->peer(), local + " (listening)");

  Fd client(::socket(AF_INET, SOCK_STREAM, 0));
  ASSERT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  auto connected = Sockets::read(::getpid()).find(client.get());
  auto measured = Sockets::read_measured(::getpid()).find(client.get());
  ASSERT_TRUE(connected && measured);
  EXPECT_EQ(measured->peer(), local);
  EXPECT_FALSE(connected->quality);
  ASSERT_TRUE(measured->quality);
  EXPECT_GT(measured->quality->srtt_us, 0u) << "the handshake was measured";
  measured->quality = {};
  EXPECT_EQ(*measured, *connected);
}

TEST(Sockets, PeersOfUnixSockets) {
  EXPECT_EQ((Socket{"unix", "/run/x", "", ""}).peer(), "unix /run/x");
  EXPECT_EQ((Socket{"unix", "", "", "ESTABLISHED"}).peer(), "unix");
}

}  // namespace
}  // namespace gosnoop::target
