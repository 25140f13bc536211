// SPDX-License-Identifier: Apache-2.0
#include "snapshot/waits_network.h"

#include "tests/unit/snapshot/fake_runtime.h"

namespace gosnoop::snapshot {
namespace {

using Kind = WaitsFor::Kind;

class NetworkTest : public FakeRuntime {
 protected:
  Object& poll_desc(std::uint64_t fd) {
    auto& result = object();
    return result.put(layout_.poll_desc.self, result.address()).put(layout_.poll_desc.fd, fd);
  }
  WaitsFor wait(const Goroutine& g) {
    NetworkReader reader(*memory_, layout_, sockets_);
    return read(reader, g, Wait::kNetwork);
  }

  const target::Sockets sockets_ = target::Sockets::read(::getpid());
};

TEST_F(NetworkTest, BothDirections) {
  auto& reader = goroutine();
  auto& writer = goroutine();
  auto& desc = poll_desc(777'777);
  desc.put(layout_.poll_desc.rg, reader.address.value);
  desc.put(layout_.poll_desc.wg, writer.address.value);
  for (auto* g : {&reader, &writer}) {
    push(*g, 11, desc.address());
    const auto waits = wait(*g);
    EXPECT_EQ(waits.kind, Kind::kNetwork);
    EXPECT_EQ(waits.address, desc.address());
    EXPECT_EQ(waits.fd, 777'777);
    EXPECT_EQ(waits.write, g == &writer);
    EXPECT_FALSE(waits.socket);
  }
}

TEST_F(NetworkTest, WhatDoesNotFitIsNotTaken) {
  auto& g = goroutine();
  const auto& at = layout_.poll_desc;
  push(g, 1, poll_desc(3).address());  // nobody's
  push(g, 2, poll_desc(3).put(at.rg, g.address.value).put(at.self, 0x5000ul).address());
  push(g, 3, poll_desc(3).put(at.rg, g.address.value).put(at.wg, g.address.value).address());
  push(g, 4, poll_desc(UINT64_MAX).put(at.rg, g.address.value).address());
  EXPECT_EQ(wait(g).kind, Kind::kUnknown);
  EXPECT_EQ(wait(g).fd, -1);
}

}  // namespace
}  // namespace gosnoop::snapshot
