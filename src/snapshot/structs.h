// SPDX-License-Identifier: Apache-2.0
// Many structs of one kind, read out of the target's memory with few system calls.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

class Structs {
 public:
  // The `size` bytes at each of `addresses`. What is no address of user memory is not tried.
  Structs(const target::Memory& memory, std::span<const std::uint64_t> addresses, std::size_t size);

  // Of addresses[i]; empty where it could not be read.
  Bytes operator[](std::size_t i) const {
    return read_[i] ? slice(bytes_, i * size_, size_) : Bytes{};
  }

 private:
  std::size_t size_;
  std::vector<std::byte> bytes_;
  std::vector<bool> read_;
};

// Can it be the address of a Go struct that holds pointers? Those are aligned.
constexpr bool may_be_pointer(std::uint64_t word) {
  constexpr std::uint64_t kFirst = 4096;                  // vm.mmap_min_addr
  constexpr std::uint64_t kEnd = std::uint64_t{1} << 47;  // TASK_SIZE, x86-64
  return word >= kFirst && word < kEnd && word % sizeof(std::uint64_t) == 0;
}

// The field at `offset` (of gobin::RuntimeLayout), 0 where there is none.
template <typename T = std::uint64_t>
T field(Bytes bytes, std::int32_t offset) {
  if (offset < 0) return 0;
  return read_at<T>(bytes, static_cast<std::uint64_t>(offset)).value_or(0);
}

}  // namespace gosnoop::snapshot
