// SPDX-License-Identifier: Apache-2.0
#include "analyze/dump_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analyze/dump_frames.h"
#include "analyze/names.h"

namespace gosnoop::analyze {
namespace {

using snapshot::Dump;

DumpChange place_of(const Dump& dump, const DumpGroup& group) {
  const snapshot::Member& member = group.any(dump);
  DumpChange place;
  place.status = member.status;
  place.wait_reason = dump.wait_reason(member);
  place.stack = frames_of(dump, member.stack);
  place.created_by = lines_at(dump, member.created_by);
  return place;
}

std::string key_of_place(const DumpChange& place) {
  return fmt::format("{}\n{}\n{}\n{}", static_cast<int>(place.status), place.wait_reason,
                     key_of(place.stack), key_of(place.created_by));
}

bool comes_first(const DumpChange& a, const DumpChange& b) {
  const std::int64_t x = a.growth(), y = b.growth();
  if ((x > 0) != (y > 0)) return x > 0;
  return x > 0 ? x > y : x < y;
}

}  // namespace

DumpHistory::Seen DumpHistory::see(const Dump& dump, const std::vector<DumpGroup>& groups) {
  Seen seen;
  seen.time_ns = dump.time_ns;
  std::vector<std::uint32_t> place_of_member(dump.members.size(), snapshot::kNone);
  for (const DumpGroup& group : groups) {
    DumpChange place = place_of(dump, group);
    const auto next = static_cast<std::uint32_t>(seen.places.size());
    const auto [found, added] = seen.place_by_key.try_emplace(key_of_place(place), next);
    if (added) seen.places.push_back(std::move(place));
    seen.places[found->second].now += group.count();
    for (std::uint32_t index : group.members) place_of_member[index] = found->second;
  }
  for (std::size_t i = 0; i < dump.members.size(); ++i) {
    if (place_of_member[i] == snapshot::kNone) continue;
    seen.stays.push_back({dump.members[i].goid, dump.time_ns, place_of_member[i]});
  }
  return seen;
}

void DumpHistory::compare_places(Seen& now, DumpChanges& changes) const {
  for (const auto& [key, index] : last_.place_by_key) {
    const auto found = now.place_by_key.find(key);
    if (found != now.place_by_key.end()) {
      now.places[found->second].before = last_.places[index].now;
      continue;
    }
    DumpChange gone = last_.places[index];
    gone.before = std::exchange(gone.now, 0);
    gone.stayed = gone.longest_stay_ns = 0;
    changes.changed.push_back(std::move(gone));
  }
}

// Both lists are by goid.
void DumpHistory::compare_goroutines(Seen& now, DumpChanges& changes) const {
  std::vector<std::uint32_t> place_now(last_.places.size(), snapshot::kNone);
  for (const auto& [key, index] : last_.place_by_key) {
    const auto found = now.place_by_key.find(key);
    if (found != now.place_by_key.end()) place_now[index] = found->second;
  }
  std::uint64_t common = 0;
  auto before = last_.stays.begin();
  for (Stay& stay : now.stays) {
    while (before != last_.stays.end() && before->goid < stay.goid) ++before;
    if (before == last_.stays.end()) break;
    if (before->goid != stay.goid) continue;
    ++common;
    if (place_now[before->place] != stay.place) continue;
    stay.since_ns = before->since_ns;
    DumpChange& place = now.places[stay.place];
    ++place.stayed;
    place.longest_stay_ns = std::max(place.longest_stay_ns, now.time_ns - stay.since_ns);
  }
  changes.created = now.stays.size() - common;
  changes.ended = last_.stays.size() - common;
}

DumpChanges DumpHistory::next(const Dump& dump, const std::vector<DumpGroup>& groups) {
  Seen now = see(dump, groups);
  DumpChanges changes;
  changes.wall_clock_ns = dump.wall_clock_ns;
  if (last_.time_ns != 0) changes.elapsed_ns = now.time_ns - last_.time_ns;
  changes.before = last_.stays.size();
  changes.now = now.stays.size();
  compare_places(now, changes);
  compare_goroutines(now, changes);
  for (const DumpChange& place : now.places) {
    if (place.growth() != 0) changes.changed.push_back(place);
  }
  std::ranges::stable_sort(changes.changed, comes_first);
  last_ = std::move(now);
  return changes;
}

}  // namespace gosnoop::analyze
