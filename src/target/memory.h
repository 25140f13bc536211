// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/address.h"
#include "base/fd.h"
#include "base/result.h"

namespace gosnoop::target {

// One piece of the target's memory, and where to put it.
struct Piece {
  RuntimeAddress from;
  std::span<std::byte> to;
  bool read = false;  // set by Memory::read_all
};

// Reads the memory of a running process; never stops it, never writes.
class Memory {
 public:
  // kNoPermission where /proc/PID/mem may not be read, kNoSuchProcess where the process is exiting.
  static Result<Memory> open(pid_t pid);

  // All of `to`, or false.
  bool read(RuntimeAddress from, std::span<std::byte> to) const;
  // Many pieces with few system calls (1,024 a call); a piece that cannot be read is left unread.
  void read_all(std::span<Piece> pieces) const;

  template <typename T>
  std::optional<T> value(RuntimeAddress from) const {
    T result;
    if (!read(from, std::as_writable_bytes(std::span(&result, 1)))) return std::nullopt;
    return result;
  }

 private:
  Memory(pid_t pid, Fd file) : pid_(pid), file_(std::move(file)) {}

  std::size_t read_batch(std::span<Piece> pieces) const;

  pid_t pid_;
  Fd file_;  // /proc/PID/mem, for where process_vm_readv is refused
};

}  // namespace gosnoop::target
