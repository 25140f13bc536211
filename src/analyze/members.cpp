// SPDX-License-Identifier: Apache-2.0
#include "analyze/members.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace gosnoop::analyze {
namespace {

constexpr TimeNs kSettledAge = 1'000'000'000;
constexpr TimeNs kQuietTime = 2'500'000'000;  // two snapshots and some
constexpr TimeNs kTellingAge = 4'000'000'000;

using Counts = std::unordered_map<std::uint32_t, std::uint64_t>;

// The place with the highest count; of equals the one with the lowest id, seen first.
std::uint32_t most(const Counts& counts) {
  std::uint32_t place = 0;
  std::uint64_t count = 0;
  for (auto [id, n] : counts) {
    if (n > count || (n == count && id < place)) std::tie(place, count) = std::pair(id, n);
  }
  return place;
}

// Where snapshots never came, the last wait that ended stands for a look.
TimeNs last_look(const Goroutine& g, const Ledger& ledger) {
  return ledger.snapshots() != 0 ? g.seen : g.woken;
}

// Found at the same place whenever looked at of late. A member that got there after the look before
// the last has to have been there for a while.
bool is_settled_down(const Goroutine& g) {
  if (g.place == 0) return false;
  bool for_a_while = g.since != 0 && g.seen >= g.since + kSettledAge;
  return g.looks <= 1 || g.same >= 2 || for_a_while;
}

// Whether it still works: one that did, and then got stuck, is quiet from then on. Of a young one
// that worked a moment ago nobody can tell yet.
enum class Activity { kWorks, kQuiet, kTooYoung };

Activity activity_of(const Goroutine& g, TimeNs look) {
  TimeNs active = g.last_active();
  if (active == 0) return Activity::kQuiet;
  TimeNs quiet = look - std::min(look, active);
  TimeNs age = look - std::min(look, g.created);
  if (quiet >= kQuietTime && quiet >= age / 4) return Activity::kQuiet;
  return age < kTellingAge ? Activity::kTooYoung : Activity::kWorks;
}

std::size_t slice_of(TimeNs created, const Conditions& c) {
  if (created <= c.start || c.now <= c.start) return 0;
  auto part = static_cast<double>(created - c.start) / static_cast<double>(c.now - c.start);
  return std::min(kSlices - 1, static_cast<std::size_t>(part * kSlices));
}

void note_age(Evidence& e, TimeNs created) {
  e.oldest = e.oldest == 0 ? created : std::min(e.oldest, created);
  e.youngest = std::max(e.youngest, created);
}

bool is_late(TimeNs time, const Conditions& c) { return slice_of(time, c) >= kSlices / 2; }

std::uint64_t late_survivors(const Evidence& e) {
  std::uint64_t sum = 0;
  for (std::size_t i = kSlices / 2; i < kSlices; ++i) sum += e.survivors[i];
  return sum;
}

// What all groups of one go statement have in common.
void complete(std::vector<Members>& all, const Ledger& ledger, const Conditions& c) {
  std::unordered_map<Origin, std::uint64_t, HashOf> survivors;
  const auto& groups = ledger.groups();
  for (std::size_t i = 0; i < all.size(); ++i) {
    survivors[groups[i].origin] += late_survivors(all[i].evidence);
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    Evidence& e = all[i].evidence;
    const auto& exits = ledger.older_exits(groups[i].origin);
    auto late = std::count_if(exits.begin(), exits.end(), [&](TimeNs t) { return is_late(t, c); });
    e.late_survivors = survivors[groups[i].origin];
    e.older_exits = exits.size();
    e.late_older_exits = static_cast<std::uint64_t>(late);
    if (auto place = most(all[i].staying); place != 0) e.at_place = all[i].staying[place];
  }
}

}  // namespace

std::uint32_t Members::main_place() const { return most(staying.empty() ? parked : staying); }

void Members::add(const Goroutine& g, const Ledger& ledger, const Conditions& c) {
  created.push_back(g.older() ? c.start : g.created);
  if (g.older()) ++older;
  if (g.place != 0) ++parked[g.place];
  if (auto* socket = ledger.socket_of(g)) peers[g.place].add(*socket);
  if (g.older()) return;
  ++evidence.survivors[slice_of(g.created, c)];
  note_age(evidence, g.created);
  if (c.now < g.created + kSettledAge) return;
  ++evidence.settled;
  TimeNs look = last_look(g, ledger);
  auto activity = activity_of(g, look);
  if (look < g.created + kSettledAge || activity == Activity::kTooYoung) return;
  ++evidence.looked;
  if (activity == Activity::kWorks || !is_settled_down(g)) return;
  ++evidence.staying;
  ++staying[g.place];
  if (!g.ticking && g.last_active() == 0) ++evidence.dormant;
}

void Members::add(const Members& other) {
  evidence.add(other.evidence);
  for (auto [place, n] : other.parked) parked[place] += n;
  for (auto [place, n] : other.staying) staying[place] += n;
  for (const auto& [place, of] : other.peers) peers[place].add(of);
  if (auto place = most(staying); place != 0) evidence.at_place = staying[place];
  created.insert(created.end(), other.created.begin(), other.created.end());
  older += other.older;
}

void Members::absorb(Members& other, std::uint32_t place) {
  auto it = other.parked.find(place);
  if (it == other.parked.end()) return;
  std::uint64_t count = std::min<std::uint64_t>(it->second, other.created.size());
  parked[place] += count;
  other.parked.erase(it);
  other.staying.erase(place);
  if (auto of = other.peers.extract(place)) peers[place].add(of.mapped());
  auto from = other.created.end() - static_cast<std::ptrdiff_t>(count);
  created.insert(created.end(), from, other.created.end());
  other.created.erase(from, other.created.end());
  std::uint64_t old = std::min(other.older, count);
  older += old;
  other.older -= old;
}

std::vector<Members> count_members(const Ledger& ledger, const Conditions& conditions) {
  const auto& groups = ledger.groups();
  std::vector<Members> all(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    all[i].evidence.created = groups[i].created;
    all[i].evidence.exited = groups[i].exited;
    all[i].evidence.first_created = groups[i].first_created;
  }
  ledger.goroutines().for_each(
      [&](const Goroutine& g) { all[g.group].add(g, ledger, conditions); });
  complete(all, ledger, conditions);
  return all;
}

}  // namespace gosnoop::analyze
