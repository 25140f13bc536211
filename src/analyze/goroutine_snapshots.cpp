// SPDX-License-Identifier: Apache-2.0
// The ledger's part that snapshots feed: who is there, who is gone, and how each was found.
#include <algorithm>
#include <utility>

#include "analyze/goroutines.h"

namespace gosnoop::analyze {
namespace {

using event::GoStatus;
using event::Waker;

constexpr TimeNs kSecond = 1'000'000'000;
// A goroutine's exit is seen just before its state changes: a snapshot that began a moment later
// can still find it alive, longer where its thread lost the CPU in between.
constexpr TimeNs kExitSlack = kSecond;

bool is_dead(GoStatus status) {
  return status == GoStatus::kIdle || status == GoStatus::kDead || status == GoStatus::kDeadExtra;
}

std::uint8_t plus_one(std::uint8_t n) {
  return n == UINT8_MAX ? n : static_cast<std::uint8_t>(n + 1);
}

// The runtime leaves the last one behind when the goroutine goes on.
std::uint8_t reason_of(const event::GoState& state) {
  bool waits = state.status == GoStatus::kWaiting || state.status == GoStatus::kLeaked;
  return waits ? state.reason : std::uint8_t{0};
}

}  // namespace

void Ledger::on(const event::SnapshotBegin& begin) {
  begin_before_ = std::exchange(begin_, begin.time);
  states_ = 0;
  states_now_.clear();
  in_snapshot_ = true;
  std::erase_if(recent_exits_, [this](auto exit) { return exit.first + kExitSlack < begin_; });
  exits_in_snapshot_.clear();
  for (auto [time, goid] : recent_exits_) exits_in_snapshot_.insert(goid);
}

void Ledger::on(const event::GoState& state) {
  ++states_;
  if (state.goid == 0 || is_dead(state.status) || has_exited(state.goid)) return;
  Goroutine* g = table_.find(state.goid);
  if (g == nullptr) {
    g = &table_.insert(state.goid);
    adopt(*g, state);
  }
  look(*g, state);
  if (!state.system) ++states_now_[{state.status, reason_of(state)}];
  if (snapshots_ == 0) note_parked_at_start(*g, state);
}

void Ledger::on(const event::SnapshotEnd& end) {
  if (!in_snapshot_) return;
  in_snapshot_ = false;
  states_seen_ = std::exchange(states_now_, {});
  exits_in_snapshot_.clear();
  unreadable_ = end.unreadable;
  reaped_before_ = std::exchange(reaped_, {});
  bool complete = end.unreadable == 0 && end.goroutines == states_;
  if (snapshots_ == 0) {
    first_end_ = end.time;
    if (complete) first_max_ = 0;
  }
  ++snapshots_;
  if (complete) reap();  // else who is missing may be there
  note_goids();
}

// System goroutines have ids too, but are not counted.
void Ledger::note_goids() {
  if (!goids_) return;
  std::uint64_t system = 0;
  table_.for_each([&](const Goroutine& g) { system += g.system; });
  last_goids_ = *goids_ - std::min(system, *goids_);
  if (!first_goids_) first_goids_ = last_goids_;
  goids_.reset();
}

std::optional<std::uint64_t> Ledger::created_by_goids() const {
  if (!first_goids_) return std::nullopt;
  return *last_goids_ - std::min(*first_goids_, *last_goids_);
}

// Of one that the first snapshot did not find: was it there? Goids grow, but for the sixteen that
// each P takes at once (proc.go, newproc1): so they tell only where that snapshot missed some.
bool Ledger::is_older(Goid goid) const { return goid <= first_max_; }

// A goroutine that no GoCreate announced: it is older than the window, or its GoCreate was lost or
// is still in the ring, or nobody watches creations. Then it was created since the last snapshot.
void Ledger::adopt(Goroutine& g, const event::GoState& state) {
  bool older = snapshots_ == 0 || is_older(state.goid);
  if (snapshots_ == 0) first_max_ = std::max(first_max_, state.goid);
  g.parent = state.parent;
  g.system = state.system;
  TimeNs about = begin_before_ + (begin_ - std::min(begin_, begin_before_)) / 2;
  join(g, {0, {state.go_pc, state.start_pc}, older}, about);
}

// Where a probe saw it park it did so in the window.
void Ledger::note_parked_at_start(Goroutine& g, const event::GoState& state) {
  if (!g.older() || g.system || g.place == 0 || state.since != 0) return;
  g.place_at_start = g.place;
  ++parked_at_start_[g.place];
}

void Ledger::look(Goroutine& g, const event::GoState& state) {
  std::uint32_t place = place_id(state);
  bool stayed = place != 0 && place == g.place && g.looks != 0;
  // Parked anew at the same place: it was woken in between. A wake that was not streamed was a
  // short wait's, or was lost, or is still in the ring: nobody knows by whom.
  bool parked_anew = stayed && state.since > g.since && g.woken < g.since;
  Waker waker = state.timed ? Waker::kTimer : Waker::kUnknown;
  if (parked_anew) note_wake(g, state.since, waker, state.reason);
  g.same = stayed ? plus_one(g.same) : std::uint8_t{1};
  g.looks = plus_one(g.looks);
  g.place = place;
  g.since = state.since;
  g.seen = std::max(state.time, begin_);
  g.system = state.system;
}

void Ledger::note_wake(Goroutine& g, TimeNs time, Waker waker, std::uint8_t reason) {
  if (!g.older() && time < g.created + kSecond) return;
  switch (waker) {
    case Waker::kGoroutine:
    case Waker::kNetpoll:
      g.served = time;
      break;
    case Waker::kTimer:
      g.ticking = true;
      break;
    case Waker::kUnknown:
      note_unknown_wake(g, time, reason);
      break;
    case Waker::kRuntime:
      break;
  }
}

void Ledger::note_unknown_wake(Goroutine& g, TimeNs time, std::uint8_t reason) {
  if (reason == sleep_) {
    g.ticking = true;
  } else if (reason == io_wait_) {
    g.served = time;
  } else {
    g.stirred = time;
  }
}

void Ledger::reap() {
  std::vector<Goid> gone;
  table_.for_each([&](const Goroutine& g) {
    if (g.seen < begin_ && g.created < begin_) gone.push_back(g.goid);
  });
  for (Goid goid : gone) {
    retire(*table_.find(goid), begin_);
    reaped_.insert(goid);
  }
}

}  // namespace gosnoop::analyze
