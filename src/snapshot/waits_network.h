// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "gobin/layout.h"
#include "snapshot/stack_finder.h"
#include "snapshot/wanted.h"
#include "target/sockets.h"

namespace gosnoop::snapshot {

// Tells the file descriptor of goroutines that wait for the network poller (netpoll.go), and what
// socket it is. Made once for a dump.
class NetworkReader {
 public:
  // All must outlive the NetworkReader.
  NetworkReader(const target::Memory& memory, const gobin::RuntimeLayout& layout,
                const target::Sockets& sockets);
  NetworkReader(const NetworkReader&) = delete;

  // Of those with Wait::kNetwork.
  void read(WantedBatch batch);

 private:
  struct Poll {
    std::uint64_t address = 0;  // of the pollDesc
    std::int32_t fd = -1;
    bool write = false;
  };

  std::optional<Poll> parse(const Goroutine& g, std::uint64_t address, Bytes poll_desc) const;

  const gobin::RuntimeLayout& layout_;
  const target::Sockets& sockets_;
  StackFinder<Poll> finder_;
};

}  // namespace gosnoop::snapshot
