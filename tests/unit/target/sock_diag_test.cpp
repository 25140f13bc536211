// SPDX-License-Identifier: Apache-2.0
#include "target/sock_diag.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace gosnoop::target {
namespace {

Fd listen_on_loopback() {
  Fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), sizeof(at)), 0);
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

std::uint64_t inode(const Fd& fd) {
  struct stat info {};
  EXPECT_EQ(::fstat(fd.get(), &info), 0);
  return info.st_ino;
}

TEST(SocketInodes, AreThoseOfDescriptors) {
  const Fd fd = listen_on_loopback();
  EXPECT_TRUE(socket_inodes(::getpid()).contains(inode(fd)));
  EXPECT_TRUE(socket_inodes(0).empty());
}

TEST(SockDiag, HasOurOwnListener) {
  const Fd fd = listen_on_loopback();
  auto diag = SockDiag::open(::getpid());
  ASSERT_TRUE(diag) << diag.error().message;
  auto sockets = diag->tcp();
  ASSERT_TRUE(sockets) << sockets.error().message;
  auto found = std::find_if(sockets->begin(), sockets->end(),
                            [&](const auto& socket) { return socket.inode == inode(fd); });
  ASSERT_NE(found, sockets->end());
  EXPECT_EQ(found->state, kTcpListen);
  EXPECT_EQ(found->local.text(), "127.0.0.1:" + std::to_string(found->local.port));
}

}  // namespace
}  // namespace gosnoop::target
