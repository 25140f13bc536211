// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gobin/layout.h"
#include "snapshot/structs.h"
#include "snapshot/wanted.h"

namespace gosnoop::snapshot {

// Tells the channels of goroutines that wait in a send, a receive or a select (chan.go, select.go).
// Made once for a dump: it remembers how many wait on a channel.
class ChannelReader {
 public:
  // Both must outlive the ChannelReader.
  ChannelReader(const target::Memory& memory, const gobin::RuntimeLayout& layout);

  // Of those with Wait::kReceive, kSend and kSelect.
  void read(WantedBatch batch);

 private:
  // By which a goroutine stands in a channel's queue.
  struct Sudog {
    std::uint64_t address = 0;
    std::uint64_t g = 0;
    std::uint64_t next = 0;      // in that queue
    std::uint64_t waitlink = 0;  // the next of the same goroutine's
    std::uint64_t channel = 0;
    bool is_select = false;
  };
  struct Hchan {
    Channel channel;                     // `send` is not set
    std::uint64_t recvq = 0, sendq = 0;  // first sudogs
  };
  // A queue while its waiters are counted.
  struct Queue {
    std::uint64_t channel = 0;
    std::uint64_t at = 0;     // sudog to be counted next
    bool both_sides = false;  // waiters to send and to receive: it is to be known who is where
    std::uint32_t count = 0;
  };
  struct Counts {
    std::uint32_t receivers = 0, senders = 0;
  };
  using Cases = std::vector<Sudog>;  // of one goroutine
  using Sudogs = std::unordered_map<std::uint64_t, Sudog>;
  using Hchans = std::unordered_map<std::uint64_t, Hchan>;

  Sudog parse_sudog(Bytes bytes, std::uint64_t address) const;
  std::optional<Hchan> parse_hchan(Bytes bytes, std::uint64_t address) const;
  std::vector<Cases> read_cases(WantedBatch batch) const;
  Hchans read_hchans(const std::vector<Cases>& cases) const;
  bool take_counted(Hchan& hchan) const;
  void count_waiters(Hchans& hchans, Sudogs& known);
  static bool advance(Queue& queue, const Sudogs& known);
  static void count(Queue& queue, const Sudog& sudog);
  void follow(std::vector<Queue>& queues, Sudogs& known) const;
  static std::optional<bool> sends(const Sudog& sudog, const Hchan& hchan, const Sudogs& known);
  static bool tell(const Wanted& wanted, const Cases& cases, const Hchans& hchans,
                   const Sudogs& known);

  const target::Memory& memory_;
  const gobin::RuntimeLayout& layout_;
  std::size_t sudog_size_;
  std::size_t hchan_size_;
  std::unordered_map<std::uint64_t, Counts> counted_;
};

}  // namespace gosnoop::snapshot
