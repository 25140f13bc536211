// SPDX-License-Identifier: Apache-2.0
#include "analyze/member_list.h"

#include <algorithm>

#include "analyze/blocking.h"

namespace gosnoop::analyze {
namespace {

using Chosen = std::vector<const Goroutine*>;

bool is_older(const Goroutine* a, const Goroutine* b) {
  return a->created != b->created ? a->created < b->created : a->goid < b->goid;
}

Member describe(const Goroutine& g, const Ledger& ledger, const Names& names,
                const Conditions& conditions) {
  Member member;
  member.goid = g.goid;
  member.parent = g.parent;
  member.older = g.older();
  const TimeNs born = g.older() ? conditions.start : g.created;
  member.age_seconds = static_cast<double>(conditions.now - std::min(conditions.now, born)) / 1e9;
  if (g.place == 0) return member;
  const Place& place = ledger.place(g.place);
  member.wait_reason = names.wait_reason(place);
  member.at = names.parked(place.stack);
  if (g.since != 0) member.waited_ns = conditions.now - std::min(conditions.now, g.since);
  return member;
}

MemberList list(Chosen chosen, const Ledger& ledger, const Names& names,
                const Conditions& conditions, std::size_t most) {
  MemberList list;
  list.all = chosen.size();
  const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(std::min(most, chosen.size()));
  std::partial_sort(chosen.begin(), end, chosen.end(), is_older);
  chosen.erase(end, chosen.end());
  list.members.reserve(chosen.size());
  for (const Goroutine* g : chosen) {
    list.members.push_back(describe(*g, ledger, names, conditions));
  }
  return list;
}

template <typename Wanted>
Chosen choose(const Ledger& ledger, Wanted wanted) {
  Chosen chosen;
  ledger.goroutines().for_each([&](const Goroutine& g) {
    if (wanted(g)) chosen.push_back(&g);
  });
  return chosen;
}

bool starts_with(const Frames& whole, const Frames& part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

// A leak may stand for several paths that begin alike, and for members whose path is not known.
bool belongs(const Group& group, const LeakGroup& leak, const Names& names) {
  if (group.system || names.start_function(group.origin.start_pc) != leak.start_function) {
    return false;
  }
  const Frames path = names.created_by(group.stack, group.origin.go_pc);
  if (path == leak.created_by) return true;
  const bool kin = group.stack == 0 && starts_with(leak.created_by, path);
  return leak.verdict == Verdict::kLeaking && (kin || starts_with(path, leak.created_by));
}

}  // namespace

MemberList members_of(const LeakGroup& group, const Ledger& ledger, const Names& names,
                      const Conditions& conditions, std::size_t most) {
  std::vector<bool> wanted;
  wanted.reserve(ledger.groups().size());
  for (const Group& known : ledger.groups()) wanted.push_back(belongs(known, group, names));
  auto chosen = choose(ledger, [&](const Goroutine& g) { return !g.system && wanted[g.group]; });
  return list(std::move(chosen), ledger, names, conditions, most);
}

MemberList waiting_at(const Hotspot& hotspot, const Ledger& ledger, const Names& names,
                      const Conditions& conditions, std::size_t most) {
  std::unordered_map<std::uint32_t, bool> known;
  auto is_there = [&](const Goroutine& g) {
    if (!ledger.parked_now(g) || g.system) return false;
    auto [it, is_new] = known.try_emplace(g.place, false);
    if (is_new) it->second = hotspot_key(ledger.place(g.place), names) == hotspot.key;
    return it->second;
  };
  return list(choose(ledger, is_there), ledger, names, conditions, most);
}

}  // namespace gosnoop::analyze
