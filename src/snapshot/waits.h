// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "gobin/go_binary.h"
#include "snapshot/call_reader.h"
#include "snapshot/dump.h"
#include "snapshot/goroutine.h"
#include "snapshot/thread_reader.h"
#include "snapshot/waits_channels.h"
#include "snapshot/waits_locks.h"
#include "snapshot/waits_network.h"
#include "target/memory.h"
#include "target/process.h"
#include "target/sockets.h"
#include "target/syscalls.h"

namespace gosnoop::snapshot {

// Tells what goroutines wait for, from the target's memory and /proc, while it runs on. Made once
// for a dump: it reads the target's sockets and threads when it is made.
class WaitReader {
 public:
  // All must outlive the WaitReader.
  WaitReader(const target::Process& process, const gobin::GoBinary& binary,
             const target::Memory& memory);
  WaitReader(const WaitReader&) = delete;

  // What each of the goroutines waits for, in their order. kUnknown for those that do not wait,
  // that went on since they were read, or where what is read does not fit together. A batch, of
  // about a thousand, costs few system calls.
  std::vector<WaitsFor> read(std::span<const Goroutine> batch);
  // See Member::thread.
  std::vector<std::int32_t> read_threads(std::span<const Goroutine> batch) const {
    return threads_.read(batch);
  }

 private:
  Wait wait_of(const Goroutine& g) const;
  void read_sleeps(WantedBatch batch) const;
  void read_syscalls(WantedBatch batch);
  void forget_those_that_went_on(WantedBatch batch) const;

  const gobin::GoBinary& binary_;
  const target::Memory& memory_;
  target::Sockets sockets_;
  ThreadReader threads_;
  std::vector<Wait> waits_;  // by wait reason
  ChannelReader channels_;
  LockReader locks_;
  NetworkReader network_;
  CallReader calls_;
  target::CallWriter writer_;
};

}  // namespace gosnoop::snapshot
