// SPDX-License-Identifier: Apache-2.0
// Every goroutine of a process at one moment: a plain value, with all names resolved.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "event/event.h"
#include "symbol/locations.h"
#include "target/sockets.h"

namespace gosnoop::snapshot {

using symbol::Location;
using symbol::Locations;
using target::Socket;

inline constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// A channel that a goroutine waits on. Counts are of when it was read.
struct Channel {
  std::uint64_t address = 0;  // of the hchan
  bool send = false;          // this goroutine sends; else it receives
  bool closed = false;
  bool timer = false;           // of a timer or ticker (Go 1.23+)
  std::uint64_t length = 0;     // values in its buffer
  std::uint64_t capacity = 0;   // 0: unbuffered; a timer's has 1, whatever cap() says
  std::uint32_t senders = 0;    // goroutines waiting to send, up to kMaxWaiters
  std::uint32_t receivers = 0;  // goroutines waiting to receive, up to kMaxWaiters

  bool operator==(const Channel&) const = default;
};
inline constexpr std::uint32_t kMaxWaiters = 1000;  // where counting stops

// What a goroutine waits for, as far as the runtime and the kernel tell.
struct WaitsFor {
  enum class Kind : std::uint8_t {
    kUnknown,    // it does not wait, or cannot be told
    kNothing,    // nothing can wake it: a nil channel, a select without cases
    kChannels,   // one; several in a select
    kSemaphore,  // address: of the word in a sync.Mutex, RWMutex or WaitGroup (sema.go)
    kCond,       // address: of the sync.Cond
    kSleep,      // until_ns
    kNetwork,    // fd, to read or to write
    kSyscall,    // call
  } kind = Kind::kUnknown;
  bool write = false;          // kNetwork: to write; else to read, accept or connect
  std::int32_t fd = -1;        // kNetwork; -1: unknown
  std::uint64_t address = 0;   // kSemaphore, kCond; of the pollDesc for kNetwork
  std::uint64_t until_ns = 0;  // kSleep: CLOCK_MONOTONIC
  std::vector<Channel> channels;
  std::optional<Socket> socket;  // of fd, where it is one
  std::string call;              // kSyscall: "read(fd=7, buf=0xc000010000, count=4096)"

  bool operator==(const WaitsFor&) const = default;
};

// Frames by index in Dump::locations, innermost first.
struct Stack {
  std::vector<Locations::Index> locations;
  bool truncated = false;  // it is deeper than that

  bool operator==(const Stack&) const = default;
};

struct Member {
  std::uint64_t goid = 0;
  std::uint64_t parent_goid = 0;     // 0: unknown (Go 1.19), or created by the runtime
  std::uint32_t stack = kNone;       // index in Dump::stacks; kNone: it runs, or never stood still
  std::uint32_t created_by = kNone;  // location of the go statement; kNone: the main goroutine
  std::uint32_t start = kNone;       // location of its first function
  std::uint32_t waits_for = 0;       // index in Dump::waits
  // CLOCK_MONOTONIC, at the earliest: a garbage collection that finds it waiting notes the time of
  // the one before (mgcmark.go, markroot). 0: it was not there for one yet.
  std::uint64_t waiting_since_ns = 0;
  std::int32_t thread = 0;  // tid it runs on, is in a syscall on, or is locked to; 0: none
  event::GoStatus status = event::GoStatus::kIdle;
  std::uint8_t wait_reason = 0;  // index in target.wait_reasons; of parked ones only
  bool bubble = false;           // in a testing/synctest bubble (Go 1.25+)
  bool locked = false;           // to its thread (runtime.LockOSThread)
  bool system = false;           // belongs to the runtime; runtime.NumGoroutine does not count it
};

struct Dump {
  event::Target target;
  std::uint64_t wall_clock_ns = 0;  // CLOCK_REALTIME when reading began
  std::uint64_t time_ns = 0;        // CLOCK_MONOTONIC of the same moment
  std::vector<Location> locations;
  std::vector<Stack> stacks;     // each different one once
  std::vector<WaitsFor> waits;   // [0]: kUnknown
  std::vector<Member> members;   // all live goroutines, those of the runtime too, by goid
  std::uint64_t unreadable = 0;  // live ones that could not be read consistently

  const std::string& wait_reason(const Member& member) const;  // "" for one that is not parked
};

}  // namespace gosnoop::snapshot
