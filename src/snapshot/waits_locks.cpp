// SPDX-License-Identifier: Apache-2.0
#include "snapshot/waits_locks.h"

#include <algorithm>

namespace gosnoop::snapshot {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

// sema.go, the same from Go 1.19 to 1.27. Not in the table of layouts: a program that has no
// sync.Cond has no DWARF of it.
struct NotifyList {
  std::uint32_t wait;    // ticket of the next to wait
  std::uint32_t notify;  // ticket of the next to be woken
  std::uint64_t lock;
  std::uint64_t head, tail;  // sudogs
};
// sync/cond.go: a Cond is a Locker, then the notifyList.
constexpr std::uint64_t kListInCond = 2 * kWord;

bool may_be_list(const NotifyList& list) {
  auto waiting = static_cast<std::int32_t>(list.wait - list.notify);  // tickets may wrap
  return waiting > 0 && may_be_pointer(list.head) && may_be_pointer(list.tail);
}

}  // namespace

LockReader::LockReader(const target::Memory& memory, const gobin::RuntimeLayout& layout)
    : memory_(memory),
      layout_(layout),
      sudog_size_(static_cast<std::size_t>(std::max(
                      {layout.sudog.g, layout.sudog.next, layout.sudog.elem, layout.sudog.c})) +
                  kWord),
      semaphores_(
          memory, sudog_size_,
          [this](const Goroutine& g, std::uint64_t, Bytes sudog) { return element(g, sudog); }),
      lists_(memory, sizeof(NotifyList),
             [this](const Goroutine& g, std::uint64_t address, Bytes list) {
               return list_of(g, address, list);
             }) {}

// What a goroutine that is in no channel's queue waits for. A sudog it no longer uses has none.
std::optional<std::uint64_t> LockReader::element(const Goroutine& g, Bytes sudog) const {
  const auto& at = layout_.sudog;
  auto element = field(sudog, at.elem);
  bool own = field(sudog, at.g) == g.address.value && field(sudog, at.c) == 0;
  if (!own || element == 0 || element % sizeof(std::uint32_t) != 0) return std::nullopt;
  return element;
}

LockReader::Waiters LockReader::follow(std::uint64_t sudog) const {
  Waiters waiters;
  std::vector<std::byte> bytes(sudog_size_);
  while (may_be_pointer(sudog) && waiters.goroutines.size() < kMaxWaiters) {
    if (!memory_.read(RuntimeAddress{sudog}, bytes)) break;
    waiters.goroutines.push_back(field(bytes, layout_.sudog.g));
    sudog = field(bytes, layout_.sudog.next);
  }
  waiters.followed_whole = sudog == 0;
  std::sort(waiters.goroutines.begin(), waiters.goroutines.end());
  return waiters;
}

// A list is followed once. Of one that is too long to be followed to its end, it counts that one of
// those who point at it was found on it.
std::optional<std::uint64_t> LockReader::list_of(const Goroutine& g, std::uint64_t address,
                                                 Bytes bytes) {
  const auto list = read_at<NotifyList>(bytes, 0);
  if (!list || !may_be_list(*list)) return std::nullopt;
  if (list->head == list->tail) {
    auto waiter = memory_.value<std::uint64_t>(
        RuntimeAddress{list->head + static_cast<std::uint64_t>(layout_.sudog.g)});
    return waiter == g.address.value ? std::optional(address) : std::nullopt;
  }
  auto [entry, added] = waiters_.try_emplace(address);
  auto& waiters = entry->second;
  if (added) waiters = follow(list->head);
  bool found =
      std::binary_search(waiters.goroutines.begin(), waiters.goroutines.end(), g.address.value);
  waiters.confirmed = waiters.confirmed || found;
  if (!found && (waiters.followed_whole || !waiters.confirmed)) return std::nullopt;
  return address;
}

// By g.waiting; nothing where that is not set, as before Go 1.26.
LockReader::Addresses LockReader::read_elements(
    std::span<const Goroutine* const> goroutines) const {
  std::vector<std::uint64_t> sudogs;
  for (const auto* g : goroutines) sudogs.push_back(g->waiting);
  const Structs read(memory_, sudogs, sudog_size_);
  Addresses elements(goroutines.size());
  for (std::size_t i = 0; i < goroutines.size(); ++i)
    elements[i] = element(*goroutines[i], read[i]);
  return elements;
}

void LockReader::read_kind(WantedBatch batch, Wait wait, StackFinder<std::uint64_t>& finder) {
  std::vector<const Goroutine*> linked, others;
  std::vector<WaitsFor*> linked_waits, others_waits;
  for (const auto& wanted : batch) {
    if (wanted.wait != wait) continue;
    bool link = wanted.g->waiting != 0;
    (link ? linked : others).push_back(wanted.g);
    (link ? linked_waits : others_waits).push_back(wanted.waits);
  }
  auto tell = [&](const std::vector<WaitsFor*>& waits, const Addresses& addresses) {
    bool cond = wait == Wait::kCond;
    for (std::size_t i = 0; i < waits.size(); ++i) {
      if (!addresses[i]) continue;
      waits[i]->kind = cond ? WaitsFor::Kind::kCond : WaitsFor::Kind::kSemaphore;
      waits[i]->address = cond ? *addresses[i] - kListInCond : *addresses[i];
    }
  };
  tell(linked_waits, read_elements(linked));
  tell(others_waits, finder.find(others));
}

void LockReader::read(WantedBatch batch) {
  read_kind(batch, Wait::kSemaphore, semaphores_);
  read_kind(batch, Wait::kCond, lists_);
}

}  // namespace gosnoop::snapshot
