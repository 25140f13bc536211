// SPDX-License-Identifier: Apache-2.0
#include "analyze/leaks.h"

#include <algorithm>
#include <unordered_map>

#include "analyze/members.h"

namespace gosnoop::analyze {
namespace {

using GroupIds = std::vector<std::uint32_t>;
using Families = std::unordered_map<Origin, GroupIds, HashOf>;

constexpr std::size_t kMaxPeersShown = 5;  // of a place

double seconds(TimeNs ns) { return static_cast<double>(ns) / 1e9; }

class Finder {
 public:
  Finder(const Ledger& ledger, const Names& names, const Conditions& conditions)
      : ledger_(ledger),
        names_(names),
        conditions_(conditions),
        members_(count_members(ledger, conditions)) {}

  Leaks find(bool all_groups, bool empty_groups);

 private:
  Judgement judge_members(const Members& members) const;
  void judge_groups();
  void judge_families();
  void judge_as_one(const GroupIds& parts);
  void absorb_kin();
  LeakGroup leak_of(std::uint32_t id) const;
  std::optional<std::uint32_t> crowd() const;
  void describe(LeakGroup& leak, const Members& members) const;
  std::vector<ParkedAt> parked_at(const Members& members) const;
  Frames common_path(const GroupIds& ids) const;

  const Ledger& ledger_;
  const Names& names_;
  const Conditions& conditions_;
  std::vector<Members> members_;       // by group
  std::vector<Judgement> judgements_;  // by group
  Families families_;
  std::unordered_map<std::uint32_t, Frames> common_paths_;  // of groups that stand for a family
};

Judgement Finder::judge_members(const Members& members) const {
  std::uint32_t place = members.main_place();
  return judge(members.evidence, conditions_,
               place != 0 ? names_.wait_reason(ledger_.place(place)) : std::string());
}

void Finder::judge_groups() {
  const auto& groups = ledger_.groups();
  judgements_.resize(groups.size());
  for (std::uint32_t id = 0; id < groups.size(); ++id) {
    if (groups[id].system) continue;
    families_[groups[id].origin].push_back(id);
    if (groups[id].older) {
      judgements_[id].why = "was there before the window";
    } else {
      judgements_[id] = judge_members(members_[id]);
    }
  }
}

// One leaking line can be reached by many paths, of which none alone shows it; and where stacks or
// creations were lost, a group falls apart. Then the line is accused, if all stay at one place.
void Finder::judge_families() {
  for (const auto& [origin, ids] : families_) {
    GroupIds parts;
    for (std::uint32_t id : ids) {
      if (!ledger_.groups()[id].older) parts.push_back(id);
    }
    auto leaks = [&](auto id) { return judgements_[id].verdict == Verdict::kLeaking; };
    if (parts.size() >= 2 && std::none_of(parts.begin(), parts.end(), leaks)) judge_as_one(parts);
  }
}

void Finder::judge_as_one(const GroupIds& parts) {
  Members all;
  for (std::uint32_t id : parts) all.add(members_[id]);
  auto judgement = judge_members(all);
  bool one_place = all.evidence.at_place * 8 >= all.evidence.looked * 7;
  if (judgement.verdict != Verdict::kLeaking || !one_place) return;
  std::uint32_t first = parts.front();
  for (std::uint32_t id : parts) members_[id] = Members{};
  members_[first] = std::move(all);
  judgements_[first] = std::move(judgement);
  common_paths_[first] = common_path(parts);
}

// Members whose creation path is unknown, as they are older than the window or their GoCreate was
// lost, belong to the leak they are parked with.
void Finder::absorb_kin() {
  for (const auto& [origin, ids] : families_) {
    auto bigger = [&](std::uint32_t a, std::uint32_t b) {
      auto size = [&](std::uint32_t id) {
        bool leaks = judgements_[id].verdict == Verdict::kLeaking;
        return leaks ? members_[id].count() : 0;
      };
      return size(a) < size(b);
    };
    std::uint32_t leak = *std::max_element(ids.begin(), ids.end(), bigger);
    if (judgements_[leak].verdict != Verdict::kLeaking) continue;
    std::uint32_t place = members_[leak].main_place();
    for (std::uint32_t id : ids) {
      bool is_kin = id != leak && ledger_.groups()[id].stack == 0;
      if (is_kin) members_[leak].absorb(members_[id], place);
    }
  }
}

void set_peers(ParkedAt& place, const Peers& peers) {
  place.peers = peers.list();
  if (place.peers.size() <= kMaxPeersShown) return;
  place.peers_left_out = place.peers.size() - kMaxPeersShown;
  place.peers.resize(kMaxPeersShown);
}

std::vector<ParkedAt> Finder::parked_at(const Members& members) const {
  std::vector<ParkedAt> places;
  std::vector<Peers> peers;  // of each
  std::unordered_map<std::string, std::size_t> known;
  for (auto [id, count] : members.parked) {
    const Place& place = ledger_.place(id);
    ParkedAt at{names_.wait_reason(place), names_.parked(place.stack), count, {}, 0};
    // Different pcs of the same lines are one place to a reader.
    auto [it, is_new] = known.try_emplace(at.wait_reason + key_of(at.stack), places.size());
    if (is_new) {
      places.push_back(std::move(at));
      peers.emplace_back();
    } else {
      places[it->second].count += count;
    }
    if (auto of = members.peers.find(id); of != members.peers.end()) {
      peers[it->second].add(of->second);
    }
  }
  for (std::size_t i = 0; i < places.size(); ++i) set_peers(places[i], peers[i]);
  auto more = [](const ParkedAt& a, const ParkedAt& b) {
    if (a.count != b.count) return a.count > b.count;
    return key_of(a.stack) < key_of(b.stack);
  };
  std::sort(places.begin(), places.end(), more);
  return places;
}

// The innermost frames that all paths share.
Frames Finder::common_path(const GroupIds& ids) const {
  Frames common;
  for (std::uint32_t id : ids) {
    const Group& group = ledger_.groups()[id];
    Frames path = names_.created_by(group.stack, group.origin.go_pc);
    if (id == ids.front()) common = path;
    auto [end, unused] = std::mismatch(common.begin(), common.end(), path.begin(), path.end());
    common.erase(end, common.end());
  }
  return common;
}

void Finder::describe(LeakGroup& leak, const Members& members) const {
  const Evidence& e = members.evidence;
  leak.count = members.count();
  leak.created = e.created;
  leak.exited = e.exited;
  leak.older_than_window = members.older;
  double window = seconds(conditions_.now - conditions_.start);
  leak.growth_per_second = window > 0 ? static_cast<double>(e.live()) / window : 0;
  leak.parked = parked_at(members);
  if (leak.parked.empty()) return;
  leak.wait_reason = leak.parked.front().wait_reason;
  leak.blocked_at = leak.parked.front().stack;
}

void set_ages(LeakGroup& leak, std::vector<TimeNs> created, TimeNs now) {
  if (created.empty()) return;
  std::sort(created.begin(), created.end());
  auto age = [now](TimeNs time) { return seconds(now - std::min(now, time)); };
  leak.oldest_seconds = age(created.front());
  leak.median_age_seconds = age(created[created.size() / 2]);
  leak.youngest_seconds = age(created.back());
}

LeakGroup Finder::leak_of(std::uint32_t id) const {
  const Group& group = ledger_.groups()[id];
  const auto common = common_paths_.find(id);
  LeakGroup leak{.verdict = judgements_[id].verdict,
                 .why = judgements_[id].why,
                 .wait_reason = {},
                 .start_function = names_.start_function(group.origin.start_pc),
                 .created_by = common != common_paths_.end()
                                   ? common->second
                                   : names_.created_by(group.stack, group.origin.go_pc),
                 .blocked_at = {},
                 .parked = {}};
  describe(leak, members_[id]);
  set_ages(leak, members_[id].created, conditions_.now);
  return leak;
}

std::optional<std::uint32_t> Finder::crowd() const {
  const auto& groups = ledger_.groups();
  std::optional<std::uint32_t> largest;
  for (std::uint32_t id = 0; id < groups.size(); ++id) {
    const std::uint64_t count = members_[id].count();
    const bool fine = !groups[id].system && judgements_[id].verdict == Verdict::kOk;
    if (fine && count >= kCrowd && (!largest || count > members_[*largest].count())) largest = id;
  }
  return largest;
}

bool comes_before(const LeakGroup& a, const LeakGroup& b) {
  if (a.verdict != b.verdict) return a.verdict < b.verdict;
  bool leaking = a.verdict == Verdict::kLeaking;
  if (leaking && a.growth_per_second != b.growth_per_second) {
    return a.growth_per_second > b.growth_per_second;
  }
  if (a.count != b.count) return a.count > b.count;
  if (a.start_function != b.start_function) return a.start_function < b.start_function;
  return key_of(a.created_by) < key_of(b.created_by);
}

Leaks Finder::find(bool all_groups, bool empty_groups) {
  judge_groups();
  judge_families();
  absorb_kin();
  Leaks leaks;
  const auto crowd_id = crowd();
  const auto& groups = ledger_.groups();
  for (std::uint32_t id = 0; id < groups.size(); ++id) {
    bool accused = judgements_[id].verdict != Verdict::kOk;
    bool has_members = members_[id].count() != 0;
    bool counts = has_members || (empty_groups && members_[id].evidence.created != 0);
    if (groups[id].system || !counts) continue;
    const bool listed = accused || all_groups;
    if (!listed && id != crowd_id) continue;
    LeakGroup leak = leak_of(id);
    if (id == crowd_id) leaks.crowd = leak;
    if (listed) leaks.groups.push_back(std::move(leak));
  }
  std::sort(leaks.groups.begin(), leaks.groups.end(), comes_before);
  return leaks;
}

}  // namespace

Leaks find_leaks(const Ledger& ledger, const Names& names, const Conditions& conditions,
                 bool all_groups, bool empty_groups) {
  return Finder(ledger, names, conditions).find(all_groups, empty_groups);
}

}  // namespace gosnoop::analyze
