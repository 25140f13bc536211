// SPDX-License-Identifier: Apache-2.0
// Many structs of one kind, read out of the target's memory at little cost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

// What lies close together is read as one piece: the kernel's work is by piece and page, and
// structs of one kind are neighbours in Go's heap.
class Structs {
 public:
  // The `size` bytes at each of `addresses`, of which some may be the same. What is no address of
  // user memory is not tried.
  Structs(const target::Memory& memory, std::span<const std::uint64_t> addresses, std::size_t size);

  // Of addresses[i]; empty where it could not be read.
  Bytes operator[](std::size_t i) const { return structs_[i]; }

 private:
  // Structs from index `first` to before `last` of those in order of address, read as one.
  struct Run {
    std::size_t first = 0, last = 0;
    std::uint64_t begin = 0, end = 0;
  };

  std::vector<Run> make_runs(std::span<const std::uint64_t> addresses,
                             const std::vector<std::size_t>& order) const;
  std::vector<target::Piece> make_pieces(const std::vector<Run>& runs);
  void read_singly(const target::Memory& memory, std::span<const std::uint64_t> addresses,
                   std::span<const std::size_t> indexes, std::span<std::byte> to);

  std::size_t size_;
  std::vector<std::byte> bytes_;
  std::vector<Bytes> structs_;  // in bytes_
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
