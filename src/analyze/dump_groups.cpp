// SPDX-License-Identifier: Apache-2.0
#include "analyze/dump_groups.h"

#include <algorithm>
#include <array>
#include <unordered_map>

#include "analyze/dump_frames.h"

namespace gosnoop::analyze {
namespace {

using snapshot::Dump;
using snapshot::Member;

// What a regular expression says of each location, found out once.
class Matches {
 public:
  Matches(const Dump& dump, const std::optional<std::regex>& wanted) {
    if (!wanted) return;
    for (const auto& location : dump.locations) {
      matches_.push_back(std::ranges::any_of(location.lines, [&](const auto& line) {
        return std::regex_search(line.function, *wanted);
      }));
    }
  }

  bool at(std::uint32_t location) const { return location < matches_.size() && matches_[location]; }

 private:
  std::vector<bool> matches_;
};

class Selector {
 public:
  Selector(const Dump& dump, const DumpFilter& filter)
      : dump_(dump), filter_(filter), creators_(dump, filter.created_by) {
    if (!filter.function) return;
    const Matches functions(dump, filter.function);
    for (const auto& stack : dump.stacks) {
      stacks_.push_back(std::ranges::any_of(stack.locations,
                                            [&](auto location) { return functions.at(location); }));
    }
  }

  bool wants(const Member& member) const {
    if (member.system && !filter_.system) return false;
    if (!filter_.wait_reason.empty() && dump_.wait_reason(member) != filter_.wait_reason) {
      return false;
    }
    if (filter_.function && (member.stack >= stacks_.size() || !stacks_[member.stack])) {
      return false;
    }
    if (filter_.created_by && !creators_.at(member.created_by)) return false;
    return filter_.min_wait_ns == 0 || wait_ns(dump_, member) >= filter_.min_wait_ns;
  }

 private:
  const Dump& dump_;
  const DumpFilter& filter_;
  Matches creators_;
  std::vector<bool> stacks_;  // that have a function wanted
};

// What goroutines of a group have in common.
using Key = std::array<std::uint32_t, 3>;

// The wait reason of a goroutine that does not wait is old, and tells nobody apart.
Key key_of(const Dump& dump, const Alike& alike, const Member& member) {
  const auto status = static_cast<std::uint32_t>(member.status);
  const std::uint32_t reason = dump.wait_reason(member).empty() ? 0 : member.wait_reason;
  return {alike.stack(member.stack), alike.location(member.created_by), status << 8 | reason};
}

struct HashOfKey {
  std::size_t operator()(const Key& key) const {
    std::uint64_t hash = key[0];
    hash = (hash ^ key[1]) * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32 ^ key[2]) * 0xff51afd7ed558ccdu;
    return hash ^ hash >> 32;
  }
};

// What they wait for, sorted: a million may wait for a million things.
std::vector<std::uint32_t> waits_of(const Dump& dump, const DumpGroup& group) {
  std::vector<std::uint32_t> waits;
  for (std::uint32_t index : group.members) {
    const std::uint32_t wait = dump.members[index].waits_for;
    if (wait != 0 && wait < dump.waits.size()) waits.push_back(wait);
  }
  std::ranges::sort(waits);
  return waits;
}

void sum_up(const Dump& dump, DumpGroup& group) {
  for (std::uint32_t index : group.members) {
    group.longest_wait_ns = std::max(group.longest_wait_ns, wait_ns(dump, dump.members[index]));
  }
  for (std::uint32_t wait : waits_of(dump, group)) {
    if (group.waits_for.empty() || group.waits_for.back().first != wait) {
      group.waits_for.emplace_back(wait, 0);
    }
    ++group.waits_for.back().second;
  }
  std::ranges::stable_sort(group.waits_for,
                           [](const auto& a, const auto& b) { return a.second > b.second; });
}

}  // namespace

// traceback.go, goroutineheader: what g.waitsince says of a goroutine that does not wait is old.
std::uint64_t wait_ns(const Dump& dump, const Member& member) {
  const bool waits = member.status == event::GoStatus::kWaiting ||
                     member.status == event::GoStatus::kSyscall ||
                     member.status == event::GoStatus::kLeaked;
  if (!waits) return 0;
  std::uint64_t since = member.waiting_since_ns;
  return since != 0 && since < dump.time_ns ? dump.time_ns - since : 0;
}

std::vector<std::uint32_t> select_members(const Dump& dump, const DumpFilter& filter) {
  const Selector selector(dump, filter);
  std::vector<std::uint32_t> selected;
  for (std::uint32_t i = 0; i < dump.members.size(); ++i) {
    if (selector.wants(dump.members[i])) selected.push_back(i);
  }
  return selected;
}

std::vector<DumpGroup> group_members(const Dump& dump, const std::vector<std::uint32_t>& members) {
  const Alike alike(dump);
  std::unordered_map<Key, std::size_t, HashOfKey> by_key;
  std::vector<DumpGroup> groups;
  for (std::uint32_t index : members) {
    const Key key = key_of(dump, alike, dump.members[index]);
    const auto [found, added] = by_key.try_emplace(key, groups.size());
    if (added) groups.emplace_back();
    groups[found->second].members.push_back(index);
  }
  for (DumpGroup& group : groups) sum_up(dump, group);
  std::ranges::stable_sort(
      groups, [](const DumpGroup& a, const DumpGroup& b) { return a.count() > b.count(); });
  return groups;
}

}  // namespace gosnoop::analyze
