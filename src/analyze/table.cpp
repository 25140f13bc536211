// SPDX-License-Identifier: Apache-2.0
#include "analyze/table.h"

#include <utility>

namespace gosnoop::analyze {
namespace {

constexpr std::size_t kFirstSlots = 256;

}  // namespace

// Goids are handed out in batches of consecutive numbers; the multiplication spreads them.
std::size_t GoroutineTable::home(Goid goid) const {
  return (goid * 0x9e3779b97f4a7c15u >> 20) & (slots_.size() - 1);
}

std::size_t GoroutineTable::slot_of(Goid goid) const {
  std::size_t slot = home(goid);
  while (slots_[slot].goid != 0 && slots_[slot].goid != goid) slot = (slot + 1) % slots_.size();
  return slot;
}

Goroutine* GoroutineTable::find(Goid goid) {
  if (slots_.empty() || goid == 0) return nullptr;
  const Slot& slot = slots_[slot_of(goid)];
  return slot.goid == goid ? &slab_[slot.index] : nullptr;
}

Goroutine& GoroutineTable::insert(Goid goid) {
  if ((size_ + 1) * 4 > slots_.size() * 3) grow();
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slab_.size()));
    slab_.emplace_back();
  }
  std::uint32_t index = free_.back();
  free_.pop_back();
  slots_[slot_of(goid)] = {goid, index};
  ++size_;
  slab_[index] = Goroutine{.goid = goid};
  return slab_[index];
}

// Closes the gap: every following entry that the gap is nearer home for moves into it.
void GoroutineTable::erase(Goid goid) {
  if (slots_.empty() || goid == 0) return;
  std::size_t gap = slot_of(goid);
  if (slots_[gap].goid != goid) return;
  slab_[slots_[gap].index].goid = 0;
  free_.push_back(slots_[gap].index);
  --size_;
  std::size_t mask = slots_.size() - 1;
  for (std::size_t slot = (gap + 1) & mask; slots_[slot].goid != 0; slot = (slot + 1) & mask) {
    std::size_t from_home = (slot - home(slots_[slot].goid)) & mask;
    if (from_home < ((slot - gap) & mask)) continue;
    slots_[gap] = slots_[slot];
    gap = slot;
  }
  slots_[gap] = Slot{};
}

void GoroutineTable::grow() {
  auto old =
      std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kFirstSlots : slots_.size() * 2));
  for (const Slot& slot : old) {
    if (slot.goid != 0) slots_[slot_of(slot.goid)] = slot;
  }
}

}  // namespace gosnoop::analyze
