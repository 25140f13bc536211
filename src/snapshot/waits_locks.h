// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "gobin/layout.h"
#include "snapshot/stack_finder.h"
#include "snapshot/wanted.h"

namespace gosnoop::snapshot {

// Tells the semaphore or the sync.Cond of goroutines that wait for one (sema.go). From Go 1.26 on
// g.waiting leads there, before it is found by their stacks. Made once for a dump.
class LockReader {
 public:
  // Both must outlive the LockReader.
  LockReader(const target::Memory& memory, const gobin::RuntimeLayout& layout);
  LockReader(const LockReader&) = delete;

  // Of those with Wait::kSemaphore and kCond.
  void read(WantedBatch batch);

 private:
  // Who waits on a notifyList, as far as it was followed.
  struct Waiters {
    std::vector<std::uint64_t> goroutines;  // sorted
    bool followed_whole = false;
    bool confirmed = false;  // one that points at it was on it
  };
  using Addresses = std::vector<std::optional<std::uint64_t>>;

  std::optional<std::uint64_t> element(const Goroutine& g, Bytes sudog) const;
  std::optional<std::uint64_t> list_of(const Goroutine& g, std::uint64_t address, Bytes list);
  Waiters follow(std::uint64_t sudog) const;
  Addresses read_elements(std::span<const Goroutine* const> goroutines) const;
  void read_kind(WantedBatch batch, Wait wait, StackFinder<std::uint64_t>& finder);

  const target::Memory& memory_;
  const gobin::RuntimeLayout& layout_;
  std::size_t sudog_size_;
  StackFinder<std::uint64_t> semaphores_;
  StackFinder<std::uint64_t> lists_;
  std::unordered_map<std::uint64_t, Waiters> waiters_;  // by address of the notifyList
};

}  // namespace gosnoop::snapshot
