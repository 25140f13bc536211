// SPDX-License-Identifier: Apache-2.0
#include "analyze/goroutines.h"

#include <algorithm>

#include "symbol/system.h"

namespace gosnoop::analyze {
namespace {

using event::GoStatus;

constexpr std::size_t kMaxRecentExits = std::size_t{1} << 18;

int index_of(const std::vector<std::string>& texts, std::string_view wanted) {
  auto it = std::find(texts.begin(), texts.end(), wanted);
  return it != texts.end() ? static_cast<int>(it - texts.begin()) : -1;
}

}  // namespace

Ledger::Ledger(const symbol::Symbols& symbols) : symbols_(symbols), places_(1) {}

void Ledger::on(const event::Target& target) {
  io_wait_ = index_of(target.wait_reasons, "IO wait");
  sleep_ = index_of(target.wait_reasons, "sleep");
}

void Ledger::on(const event::GoCreate& create) {
  Goroutine* g = table_.find(create.goid);
  if (create.goid == 0 || (g != nullptr && g->created_known)) return;
  // A snapshot can find a goroutine before its creation has come through the ring.
  if (g != nullptr) {
    leave(*g);
  } else {
    g = &table_.insert(create.goid);
  }
  g->parent = create.parent;
  g->created_known = true;
  join(*g, {create.stack, {create.go_pc, create.start_pc}, false}, create.time);
}

void Ledger::on(const event::GoBlock& block) {
  Goroutine* g = table_.find(block.goid);
  if (g == nullptr) return;
  note_wake(*g, block.time, block.waker, block.reason);
  g->woken = block.time;
  // Without snapshots the last wait that ended is all that is known of where it waits.
  if (snapshots_ == 0 && !in_snapshot_) {
    g->place =
        place_id({.stack = block.stack, .status = GoStatus::kWaiting, .reason = block.reason});
    g->since = 0;
  }
}

void Ledger::on(const event::GoExit& exit) {
  note_exit(exit);
  if (const Goroutine* g = table_.find(exit.goid)) {
    retire(*g, exit.time);
  } else {
    unknown_exit(exit);
  }
}

const std::vector<TimeNs>& Ledger::older_exits(const Origin& origin) const {
  static const std::vector<TimeNs> kNone;
  auto it = older_exits_.find(origin);
  return it != older_exits_.end() ? it->second : kNone;
}

bool Ledger::parked_now(const Goroutine& g) const {
  return g.place != 0 && g.seen != 0 && g.seen >= begin_ && g.woken <= g.seen;
}

bool Ledger::parked_since_start(const Goroutine& g) const {
  return g.place_at_start != 0 && g.place == g.place_at_start && g.since == 0 && parked_now(g);
}

void Ledger::on(const event::GoSocket& socket) {
  if (table_.find(socket.goid) != nullptr) sockets_[socket.goid] = socket;
}

// It was looked at in a wait that has not ended since.
const event::GoSocket* Ledger::socket_of(const Goroutine& g) const {
  auto found = sockets_.find(g.goid);
  if (found == sockets_.end() || !parked_now(g) || places_[g.place].reason != io_wait_) {
    return nullptr;
  }
  const event::GoSocket& socket = found->second;
  return socket.time >= g.since && socket.time >= g.woken ? &socket : nullptr;
}

std::uint32_t Ledger::group_id(const GroupKey& key) {
  auto [it, is_new] = group_ids_.try_emplace(key, static_cast<std::uint32_t>(groups_.size()));
  if (is_new) {
    // The outermost of the inlined functions at an entry is the one that is entered.
    bool system = symbol::is_system_function(symbols_.at(key.origin.start_pc).back().function);
    groups_.push_back(
        {.stack = key.stack, .origin = key.origin, .older = key.older, .system = system});
  }
  return it->second;
}

std::uint32_t Ledger::place_id(const event::GoState& state) {
  bool parked = state.status == GoStatus::kWaiting || state.status == GoStatus::kLeaked;
  bool syscall = state.status == GoStatus::kSyscall;
  if (!parked && !syscall) return 0;
  Place place{state.stack, syscall ? std::uint8_t{0} : state.reason, syscall};
  auto [it, is_new] = place_ids_.try_emplace(place, static_cast<std::uint32_t>(places_.size()));
  if (is_new) places_.push_back(place);
  return it->second;
}

void Ledger::join(Goroutine& g, const GroupKey& key, TimeNs created) {
  g.group = group_id(key);
  g.created = key.older ? 0 : std::max<TimeNs>(created, 1);
  Group& group = groups_[g.group];
  g.system = g.system || group.system;
  if (key.older) {
    if (!group.system) ++at_start_;
    return;
  }
  if (group.created++ == 0) group.first_created = g.created;
  if (!group.system) ++created_;
}

// Undoes join(): the goroutine turned out to be of another group.
void Ledger::leave(Goroutine& g) {
  Group& group = groups_[g.group];
  if (!group.system) --(group.older ? at_start_ : created_);
  if (!group.older) --group.created;
  if (g.place_at_start != 0) --parked_at_start_[g.place_at_start];
  g.place_at_start = 0;
}

void Ledger::note_exit(const event::GoExit& exit) {
  if (in_snapshot_) exits_in_snapshot_.insert(exit.goid);
  if (recent_exits_.size() >= kMaxRecentExits) {
    recent_exits_.erase(recent_exits_.begin(), recent_exits_.begin() + kMaxRecentExits / 2);
  }
  recent_exits_.emplace_back(exit.time, exit.goid);
}

bool Ledger::was_reaped(Goid goid) { return reaped_.erase(goid) + reaped_before_.erase(goid) != 0; }

// A creation comes before its exit, so this one's was lost, or it was before the window. The first
// snapshot misses of those what ended before it came to them.
void Ledger::unknown_exit(const event::GoExit& exit) {
  if (was_reaped(exit.goid)) return;  // counted when a snapshot missed it
  ++exited_;
  bool older = snapshots_ == 0 || exit.time <= first_end_ || is_older(exit.goid);
  ++(older ? at_start_ : created_);
}

void Ledger::retire(const Goroutine& g, TimeNs time) {
  Group& group = groups_[g.group];
  if (group.older) {
    older_exits_[group.origin].push_back(time);
  } else {
    ++group.exited;
  }
  if (!group.system) ++exited_;
  sockets_.erase(g.goid);
  table_.erase(g.goid);
}

}  // namespace gosnoop::analyze
