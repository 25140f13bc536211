// SPDX-License-Identifier: Apache-2.0
#include "analyze/dump_groups.h"

#include <algorithm>
#include <array>
#include <unordered_map>

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
    if (member.system) return false;
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

Key key_of(const Member& member) {
  auto state = static_cast<std::uint32_t>(member.status) << 8 | member.wait_reason;
  return {member.stack, member.created_by, state};
}

struct HashOfKey {
  std::size_t operator()(const Key& key) const {
    std::uint64_t hash = key[0];
    hash = (hash ^ key[1]) * 0x9e3779b97f4a7c15u;
    return (hash ^ key[2]) * 0xff51afd7ed558ccdu;
  }
};

// The wait reason of a goroutine that does not wait is old, and tells nobody apart.
Member without_old_reason(const Dump& dump, Member member) {
  if (dump.wait_reason(member).empty()) member.wait_reason = 0;
  return member;
}

void count_waits(const Dump& dump, DumpGroup& group) {
  std::unordered_map<std::uint32_t, std::uint64_t> counts;
  for (std::uint32_t index : group.members) {
    const Member& member = dump.members[index];
    group.longest_wait_ns = std::max(group.longest_wait_ns, wait_ns(dump, member));
    if (member.waits_for != 0) ++counts[member.waits_for];
  }
  group.waits_for.assign(counts.begin(), counts.end());
  std::ranges::sort(group.waits_for, [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
}

}  // namespace

std::uint64_t wait_ns(const Dump& dump, const Member& member) {
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
  std::unordered_map<Key, std::size_t, HashOfKey> by_key;
  std::vector<DumpGroup> groups;
  for (std::uint32_t index : members) {
    Key key = key_of(without_old_reason(dump, dump.members[index]));
    auto [found, added] = by_key.try_emplace(key, groups.size());
    if (added) groups.emplace_back();
    groups[found->second].members.push_back(index);
  }
  for (DumpGroup& group : groups) count_waits(dump, group);
  std::ranges::stable_sort(
      groups, [](const DumpGroup& a, const DumpGroup& b) { return a.count() > b.count(); });
  return groups;
}

}  // namespace gosnoop::analyze
