// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_set>

#include "base/time.h"
#include "event/wire.h"
#include "target/syscalls.h"

namespace gosnoop::cli {

// Passes records on, and puts names to system calls: a SyscallName record before the first record
// of each, and into every single one the text of its arguments, with files as they are named now.
// Live runs only; a recording has them already.
class CallNamer final : public event::RecordSink {
 public:
  // `next` must outlive the CallNamer.
  CallNamer(pid_t pid, event::RecordSink& next) : pid_(pid), next_(next) {}

  Result<void> on_record(Bytes record) override;

  // Names every call again, for another reader.
  void forget() { named_.clear(); }

 private:
  Result<void> name(std::uint32_t number);
  void look_at_sockets();

  pid_t pid_;
  event::RecordSink& next_;
  target::Sockets sockets_;
  target::CallWriter writer_{sockets_};
  std::uint64_t looked_ns_ = 0;  // when sockets_ were read
  std::unordered_set<std::uint32_t> named_;
};

}  // namespace gosnoop::cli
