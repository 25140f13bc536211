// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "snapshot/dump.h"
#include "snapshot/goroutine.h"

namespace gosnoop::snapshot {

// What is to be read to tell a goroutine's wait; by its status and the name of its wait reason.
enum class Wait : std::uint8_t {
  kOther,
  kNothing,
  kReceive,
  kSend,
  kSelect,
  kSemaphore,
  kCond,
  kSleep,
  kNetwork,
  kSyscall,
};

// A goroutine, and where to write what it waits for: left as kUnknown where what is read does not
// fit together.
struct Wanted {
  const Goroutine* g = nullptr;
  Wait wait = Wait::kOther;
  WaitsFor* waits = nullptr;
};
using WantedBatch = std::span<const Wanted>;

}  // namespace gosnoop::snapshot
