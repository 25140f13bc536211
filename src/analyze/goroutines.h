// SPDX-License-Identifier: Apache-2.0
// The ledger of goroutines: who made which, where, and where they are. Creations and exits come as
// events, and every snapshot of the target's table puts right what lost events left wrong.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "analyze/table.h"
#include "event/event.h"
#include "symbol/symbols.h"

namespace gosnoop::analyze {

// Where a goroutine is parked.
struct Place {
  event::StackHash stack = 0;
  std::uint8_t reason = 0;
  bool syscall = false;

  bool operator==(const Place&) const = default;
};

// The go statement and the function it starts: all that is known of a goroutine's creation when it
// is older than the window.
struct Origin {
  std::uint64_t go_pc = 0;
  std::uint64_t start_pc = 0;

  bool operator==(const Origin&) const = default;
};

// Goroutines created through one call path.
struct Group {
  event::StackHash stack = 0;  // 0: unknown
  Origin origin;
  bool older = false;  // its members were there before the window
  bool system = false;
  std::uint64_t created = 0;  // in the window
  std::uint64_t exited = 0;   // of those created
  TimeNs first_created = 0;
};

struct HashOf {
  static std::size_t mix(std::uint64_t a, std::uint64_t b) {
    return (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6) + (a >> 2))) * 0xff51afd7ed558ccdu;
  }
  std::size_t operator()(const Place& p) const { return mix(p.stack, p.reason + 256u * p.syscall); }
  std::size_t operator()(const Origin& o) const { return mix(o.go_pc, o.start_pc); }
};

class Ledger {
 public:
  explicit Ledger(const symbol::Symbols& symbols);

  void on(const event::Target& target);
  void on(const event::GoCreate& create);
  void on(const event::GoBlock& block);
  void on(const event::GoExit& exit);
  void on(const event::SnapshotBegin& begin);
  void on(const event::GoState& state);
  void on(const event::SnapshotEnd& end);
  void on(const event::Goids& goids) { goids_ = goids.given; }

  const GoroutineTable& goroutines() const { return table_; }
  const std::vector<Group>& groups() const { return groups_; }
  const Place& place(std::uint32_t id) const { return places_[id]; }
  // When goroutines of this origin exited that were older than the window.
  const std::vector<TimeNs>& older_exits(const Origin& origin) const;

  // Without system goroutines: at_start + created - exited of them are there now.
  std::uint64_t at_start() const { return at_start_; }
  std::uint64_t created() const { return created_; }
  std::uint64_t exited() const { return exited_; }
  // How many were created between the first snapshot and the last, by the ids the runtime gave
  // away. Nothing where snapshots do not tell.
  std::optional<std::uint64_t> created_by_goids() const;
  std::uint64_t unreadable() const { return unreadable_; }
  std::uint64_t snapshots() const { return snapshots_; }
  // Goroutines of the last snapshot that has ended, by status and wait reason; without those of the
  // system.
  using States = std::map<std::pair<event::GoStatus, std::uint8_t>, std::uint64_t>;
  const States& states() const { return states_seen_; }
  // The goroutine was parked in the last snapshot, and no wake was streamed since.
  bool parked_now(const Goroutine& g) const;
  // It is parked where it was when the window began, and was not woken in between.
  bool parked_since_start(const Goroutine& g) const;
  // How many were parked when the window began, by place.
  const std::unordered_map<std::uint32_t, std::uint64_t>& parked_at_start() const {
    return parked_at_start_;
  }

 private:
  struct GroupKey {
    event::StackHash stack = 0;
    Origin origin;
    bool older = false;
    bool operator==(const GroupKey&) const = default;
  };
  struct HashOfKey {
    std::size_t operator()(const GroupKey& key) const {
      return HashOf::mix(HashOf{}(key.origin), key.stack + key.older);
    }
  };

  std::uint32_t group_id(const GroupKey& key);
  std::uint32_t place_id(const event::GoState& state);
  bool has_exited(Goid goid) const { return exits_in_snapshot_.contains(goid); }
  void join(Goroutine& g, const GroupKey& key, TimeNs created);
  void leave(Goroutine& g);
  void adopt(Goroutine& g, const event::GoState& state);
  void look(Goroutine& g, const event::GoState& state);
  void note_wake(Goroutine& g, TimeNs time, event::Waker waker, std::uint8_t reason);
  void note_unknown_wake(Goroutine& g, TimeNs time, std::uint8_t reason);
  void note_parked_at_start(Goroutine& g, const event::GoState& state);
  void note_exit(const event::GoExit& exit);
  void unknown_exit(const event::GoExit& exit);
  bool is_older(Goid goid) const;
  bool was_reaped(Goid goid);
  void retire(const Goroutine& g, TimeNs time);
  void reap();
  void note_goids();

  const symbol::Symbols& symbols_;
  GoroutineTable table_;
  std::vector<Group> groups_;
  std::unordered_map<GroupKey, std::uint32_t, HashOfKey> group_ids_;
  std::vector<Place> places_;  // [0]: not parked
  std::unordered_map<Place, std::uint32_t, HashOf> place_ids_;
  std::unordered_map<Origin, std::vector<TimeNs>, HashOf> older_exits_;

  std::vector<std::pair<TimeNs, Goid>> recent_exits_;
  std::unordered_set<Goid> exits_in_snapshot_;  // may still be in the one being taken
  // Gone from the last snapshot, or the one before; their GoExit may come yet.
  std::unordered_set<Goid> reaped_, reaped_before_;
  std::uint64_t snapshots_ = 0;  // that have ended
  TimeNs begin_ = 0;             // of the last snapshot
  TimeNs begin_before_ = 0;      // of the one before
  std::uint64_t states_ = 0;     // received since
  States states_now_, states_seen_;
  bool in_snapshot_ = false;
  TimeNs first_end_ = 0;  // of the first snapshot
  Goid first_max_ = 0;    // highest goid it found; 0: it found all there were
  std::unordered_map<std::uint32_t, std::uint64_t> parked_at_start_;  // by place

  std::optional<std::uint64_t> goids_;  // of the last snapshot, …
  // … and of the first and the last one that told, without those of system goroutines.
  std::optional<std::uint64_t> first_goids_, last_goids_;

  std::uint64_t at_start_ = 0;
  std::uint64_t created_ = 0;
  std::uint64_t exited_ = 0;
  std::uint64_t unreadable_ = 0;
  int io_wait_ = -1;  // wait reasons by name
  int sleep_ = -1;
};

}  // namespace gosnoop::analyze
