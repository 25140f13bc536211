// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "snapshot/goroutine.h"
#include "snapshot/structs.h"

namespace gosnoop::snapshot {

// Finds the struct that the runtime's function a goroutine is parked in works on: a word in its
// frame points at it, and the struct itself says whose it is. A function has that word at the same
// distance from the stack pointer in all goroutines, so it is looked for first where it was found
// before: that is one word and one struct a goroutine.
template <typename Fact>
class StackFinder {
 public:
  // What the struct at `address` says of the goroutine, by its first `size` bytes; nothing where it
  // is no such struct, or not this goroutine's.
  using Fits =
      std::function<std::optional<Fact>(const Goroutine& g, std::uint64_t address, Bytes bytes)>;
  using Facts = std::vector<std::optional<Fact>>;

  StackFinder(const target::Memory& memory, std::size_t size, Fits fits)
      : memory_(memory), size_(size), fits_(std::move(fits)) {}

  // Of each of the goroutines, which must be parked; nothing where no struct, or several, fit.
  Facts find(std::span<const Goroutine* const> goroutines) {
    Facts facts(goroutines.size());
    for (auto slot : slots_) try_slot(slot, goroutines, facts);
    int scans = 0;
    for (std::size_t i = 0; i < goroutines.size() && scans < kScans; ++i) {
      if (facts[i]) continue;
      ++scans;
      if (scan(*goroutines[i], facts[i])) try_slot(slots_.back(), goroutines, facts);
    }
    return facts;
  }

 private:
  static constexpr std::size_t kWord = sizeof(std::uint64_t);
  static constexpr std::size_t kWindow = 4096;  // the runtime's own frames are far smaller
  static constexpr int kScans = 16;             // a call: each costs as much as a hundred slots
  static constexpr std::size_t kSlots = 8;      // more are no rule

  using Words = std::vector<std::uint64_t>;

  static bool may_be_struct(const Goroutine& g, std::uint64_t word) {
    bool own = word == g.address.value || (word >= g.stack_lo && word < g.stack_hi);
    return may_be_pointer(word) && !own;
  }

  // Looks at one place of all of which nothing is known yet.
  void try_slot(std::size_t slot, std::span<const Goroutine* const> goroutines,
                Facts& facts) const {
    std::vector<std::size_t> open;
    Words places;
    for (std::size_t i = 0; i < goroutines.size(); ++i) {
      if (facts[i]) continue;
      open.push_back(i);
      places.push_back(goroutines[i]->sp + slot);
    }
    const Structs words(memory_, places, kWord);
    Words pointers(open.size());
    for (std::size_t i = 0; i < open.size(); ++i) {
      auto word = field(words[i], 0);
      if (may_be_struct(*goroutines[open[i]], word)) pointers[i] = word;
    }
    const Structs structs(memory_, pointers, size_);
    for (std::size_t i = 0; i < open.size(); ++i) {
      if (structs[i].empty()) continue;
      facts[open[i]] = fits_(*goroutines[open[i]], pointers[i], structs[i]);
    }
  }

  Words read_words(const Goroutine& g) const {
    if (g.sp < g.stack_lo || g.sp >= g.stack_hi) return {};
    Words words(std::min<std::size_t>(kWindow, g.stack_hi - g.sp) / kWord);
    if (!memory_.read(RuntimeAddress{g.sp}, std::as_writable_bytes(std::span(words)))) return {};
    for (auto& word : words) word = may_be_struct(g, word) ? word : 0;
    return words;
  }

  // Looks at all words near the stack pointer; returns whether it learned a place.
  bool scan(const Goroutine& g, std::optional<Fact>& fact) {
    const auto words = read_words(g);
    const Structs structs(memory_, words, size_);
    std::size_t place = words.size();
    for (std::size_t i = 0; i < words.size(); ++i) {
      auto found = structs[i].empty() ? std::nullopt : fits_(g, words[i], structs[i]);
      if (!found) continue;
      if (place < words.size() && words[i] != words[place]) {
        fact.reset();  // which one?
        return false;
      }
      if (place == words.size()) place = i;
      fact = found;
    }
    if (place == words.size() || slots_.size() == kSlots) return false;
    slots_.push_back(place * kWord);
    return true;
  }

  const target::Memory& memory_;
  std::size_t size_;
  Fits fits_;
  std::vector<std::size_t> slots_;  // distances from the stack pointer
};

}  // namespace gosnoop::snapshot
