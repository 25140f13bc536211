// SPDX-License-Identifier: Apache-2.0
#include "analyze/recent.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>

#include "analyze/histogram.h"
#include "analyze/names.h"
#include "event/totals.h"

namespace gosnoop::analyze {
namespace {

// Nothing that is counted grows less; a report made in the middle of a change may have it so.
std::uint64_t less(std::uint64_t a, std::uint64_t b) { return a - std::min(a, b); }

double rate(std::uint64_t after, std::uint64_t before, double seconds) {
  return seconds > 0 ? static_cast<double>(less(after, before)) / seconds : 0;
}

template <typename Item, typename KeyOf>
auto by_key(const std::vector<Item>& items, KeyOf key_of_item) {
  std::unordered_map<std::string, const Item*> found;
  for (const Item& item : items) found.emplace(key_of_item(item), &item);
  return found;
}

template <typename Map>
auto find(const Map& map, const std::string& key) {
  auto it = map.find(key);
  return it == map.end() ? nullptr : it->second;
}

// --- groups --------------------------------------------------------------------------------------

std::string group_key(const LeakGroup& group) {
  return group.start_function + "\n" + key_of(group.created_by);
}

// The go statement: it stays the same however its goroutines are put together.
std::string line_key(const LeakGroup& group) {
  Frames line;
  if (!group.created_by.empty()) line.push_back(group.created_by.front());
  return group.start_function + "\n" + key_of(line);
}

std::string place_key(const ParkedAt& place) { return place.wait_reason + key_of(place.stack); }

void add_places(std::vector<ParkedAt>& to, const std::vector<ParkedAt>& places) {
  std::unordered_map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < to.size(); ++i) known.emplace(place_key(to[i]), i);
  for (const ParkedAt& place : places) {
    auto [it, is_new] = known.try_emplace(place_key(place), to.size());
    if (is_new) {
      to.push_back(place);
    } else {
      to[it->second].count += place.count;
    }
  }
  std::stable_sort(to.begin(), to.end(),
                   [](const ParkedAt& a, const ParkedAt& b) { return a.count > b.count; });
}

// To a reader they are one: members that are older than the window, say, and those that are not.
// Ages but the oldest are those of the larger part.
void join(LeakGroup& to, const LeakGroup& other) {
  if (std::tie(other.verdict, to.count) < std::tie(to.verdict, other.count)) {
    to.verdict = other.verdict;
    to.why = other.why;
    to.median_age_seconds = other.median_age_seconds;
  }
  to.count += other.count;
  to.created += other.created;
  to.exited += other.exited;
  to.older_than_window += other.older_than_window;
  to.growth_per_second += other.growth_per_second;
  to.oldest_seconds = std::max(to.oldest_seconds, other.oldest_seconds);
  to.youngest_seconds = std::min(to.youngest_seconds, other.youngest_seconds);
  add_places(to.parked, other.parked);
  if (to.parked.empty()) return;
  to.wait_reason = to.parked.front().wait_reason;
  to.blocked_at = to.parked.front().stack;
}

std::vector<LeakGroup> joined(const std::vector<LeakGroup>& groups) {
  std::vector<LeakGroup> result;
  std::unordered_map<std::string, std::size_t> known;
  for (const LeakGroup& group : groups) {
    auto [it, is_new] = known.try_emplace(group_key(group), result.size());
    if (is_new) {
      result.push_back(group);
    } else {
      join(result[it->second], group);
    }
  }
  return result;
}

struct Sums {
  std::uint64_t created = 0;
  std::uint64_t exited = 0;
  std::uint64_t older = 0;  // members from before the window

  void add(const LeakGroup& group) {
    created += group.created;
    exited += group.exited;
    older += group.older_than_window;
  }
  double live() const { return static_cast<double>(created) - static_cast<double>(exited); }
};

using SumsByKey = std::unordered_map<std::string, Sums>;

// A verdict may join groups of one go statement, take members older than the window to the leak
// they are parked with, and take both back later. Within a go statement the sums stay the same.
class GroupDifference {
 public:
  GroupDifference(const Report& before, const Report& after, double seconds) : seconds_(seconds) {
    for (const LeakGroup& group : before.leaks) note(group, before_, lines_before_);
    for (const LeakGroup& group : after.leaks) note(group, after_, lines_after_);
    for (const LeakGroup& group : before.leaks) {
      const bool gone = group.created > 0 && !after_.contains(group_key(group));
      if (gone) regrouped_.insert(line_key(group));
    }
  }

  GroupChange change(const LeakGroup& group);

 private:
  static void note(const LeakGroup& group, SumsByKey& groups, SumsByKey& lines) {
    groups[group_key(group)].add(group);
    lines[line_key(group)].add(group);
  }
  double older_ended(const LeakGroup& group, std::uint64_t before);

  double seconds_;
  SumsByKey before_, after_, lines_before_, lines_after_;
  std::unordered_set<std::string> regrouped_;  // lines: a group is gone that does not go away
  std::unordered_map<std::string, std::uint64_t> ended_;  // of older members, told already
};

// Of the members it had from before the window, how many ended, and did not just go elsewhere.
double GroupDifference::older_ended(const LeakGroup& group, std::uint64_t before) {
  const std::string line = line_key(group);
  auto& told = ended_[line];
  auto all = less(lines_before_[line].older, lines_after_[line].older);
  auto ended = std::min(less(before, group.older_than_window), less(all, told));
  told += ended;
  return static_cast<double>(ended);
}

GroupChange GroupDifference::change(const LeakGroup& group) {
  GroupChange change;
  change.group = group;
  change.key = group_key(group);
  auto it = before_.find(change.key);
  if (seconds_ <= 0 || regrouped_.contains(line_key(group))) return change;
  const Sums before = it == before_.end() ? Sums{} : it->second;
  Sums now;
  now.add(group);
  change.created_per_second = rate(now.created, before.created, seconds_);
  change.exited_per_second = rate(now.exited, before.exited, seconds_);
  const double ended = older_ended(group, before.older);
  change.exited_per_second += ended / seconds_;
  change.growth_per_second = (now.live() - before.live() - ended) / seconds_;
  return change;
}

// --- waits ---------------------------------------------------------------------------------------

// Quantiles of what was added to a histogram. How long the longest of these took is not known, but
// no longer than the longest of all.
template <typename Item>
void subtract_durations(Item& from, const Item& before) {
  from.total_ns = less(from.total_ns, before.total_ns);
  for (std::size_t i = 0; i < from.slots.size(); ++i) {
    from.slots[i] = less(from.slots[i], before.slots[i]);
  }
  from.p50_ns = quantile_ns(from.slots, 0.50, from.max_ns);
  from.p99_ns = quantile_ns(from.slots, 0.99, from.max_ns);
}

std::string waker_key(const WakerCount& waker) {
  return std::to_string(static_cast<int>(waker.kind)) + key_of(waker.stack);
}

// `unlisted`: the most that one which is not in `before` may have had by then.
template <typename Item, typename KeyOf>
void subtract_counts(std::vector<Item>& from, const std::vector<Item>& before, KeyOf key,
                     std::uint64_t unlisted) {
  const auto known = by_key(before, key);
  for (Item& item : from) {
    const Item* old = find(known, key(item));
    item.count = less(item.count, old != nullptr ? old->count : unlisted);
  }
  std::erase_if(from, [](const Item& item) { return item.count == 0; });
  std::stable_sort(from.begin(), from.end(),
                   [](const Item& a, const Item& b) { return a.count > b.count; });
}

void subtract(Hotspot& from, const Hotspot& before) {
  subtract_durations(from, before);
  from.episodes = less(from.episodes, before.episodes);
  from.mean_ns = from.episodes == 0 ? 0 : from.total_ns / from.episodes;
  from.streamed = less(from.streamed, before.streamed);
  const bool all_listed = before.wakers.size() < kMaxWakers;
  subtract_counts(from.wakers, before.wakers, waker_key,
                  all_listed ? 0 : before.wakers.back().count);
}

std::vector<Hotspot> recent_waits(const Report& before, const Report& after) {
  const auto key = [](const Hotspot& hotspot) { return hotspot.key; };
  const auto known = by_key(before.blocking, key);
  std::vector<Hotspot> waits;
  for (const Hotspot& hotspot : after.blocking) {
    Hotspot wait = hotspot;
    if (const Hotspot* old = find(known, wait.key)) subtract(wait, *old);
    wait.peers.clear();  // they are since the start
    if (wait.episodes + wait.waiting_now > 0) waits.push_back(std::move(wait));
  }
  return waits;
}

// --- system calls and connections ----------------------------------------------------------------

void subtract(SyscallUse& from, const SyscallUse& before) {
  subtract_durations(from, before);
  from.count = less(from.count, before.count);
  from.failed = less(from.failed, before.failed);
  for (auto& [name, count] : from.errors) {
    auto old = before.errors.find(name);
    if (old != before.errors.end()) count = less(count, old->second);
  }
  std::erase_if(from.errors, [](const auto& error) { return error.second == 0; });
  subtract_counts(
      from.callers, before.callers,
      [](const SyscallCaller& caller) { return key_of(caller.stack); }, 0);
}

std::vector<SyscallUse> recent_syscalls(const Report& before, const Report& after) {
  const auto key = [](const SyscallUse& use) { return (use.runtime ? "r" : "g") + use.name; };
  const auto known = by_key(before.syscalls, key);
  std::vector<SyscallUse> uses;
  for (const SyscallUse& use : after.syscalls) {
    if (use.runtime) continue;
    SyscallUse made = use;
    if (const SyscallUse* old = find(known, key(use))) subtract(made, *old);
    if (made.count > 0) uses.push_back(std::move(made));
  }
  return uses;
}

std::vector<PeerChange> recent_peers(const Report& before, const Report& after, double seconds) {
  const auto key = [](const TcpPeer& peer) {
    return std::to_string(static_cast<int>(peer.role)) + peer.address;
  };
  const auto known = by_key(before.tcp.peers, key);
  std::vector<PeerChange> peers;
  peers.reserve(after.tcp.peers.size());
  for (const TcpPeer& peer : after.tcp.peers) {
    const TcpPeer* found = find(known, key(peer));
    const TcpPeer old = found != nullptr ? *found : TcpPeer{};
    peers.push_back({peer, rate(peer.bytes_sent, old.bytes_sent, seconds),
                     rate(peer.bytes_received, old.bytes_received, seconds),
                     less(peer.retransmits, old.retransmits), less(peer.failed, old.failed)});
  }
  return peers;
}

std::vector<LossCount> recent_losses(const Report& before, const Report& after) {
  const auto known = by_key(before.losses, [](const LossCount& loss) { return loss.kind; });
  std::vector<LossCount> losses = after.losses;
  for (LossCount& loss : losses) {
    const LossCount* old = find(known, loss.kind);
    if (old == nullptr) continue;
    loss.seen = less(loss.seen, old->seen);
    loss.delivered = less(loss.delivered, old->delivered);
    loss.dropped = less(loss.dropped, old->dropped);
    loss.filtered = less(loss.filtered, old->filtered);
  }
  return losses;
}

}  // namespace

Recent recent(const Report& before, const Report& after) {
  Recent recent;
  recent.seconds = std::max(0.0, after.window.seconds - before.window.seconds);
  const GoroutineCounts &now = after.goroutines, &then = before.goroutines;
  recent.created_per_second = rate(now.created, then.created, recent.seconds);
  recent.exited_per_second = rate(now.exited, then.exited, recent.seconds);
  recent.exact = now.exact;
  GroupDifference groups(before, after, recent.seconds);
  for (const LeakGroup& group : joined(after.leaks)) {
    GroupChange change = groups.change(group);
    if (group.count > 0 || change.created_per_second > 0) recent.groups.push_back(change);
  }
  recent.blocking = recent_waits(before, after);
  recent.syscalls = recent_syscalls(before, after);
  recent.peers = recent_peers(before, after, recent.seconds);
  recent.losses = recent_losses(before, after);
  recent.probe_cost = std::get<event::ProbeCost>(event::since(after.probe_cost, before.probe_cost));
  return recent;
}

Recent no_earlier(const Report& report) { return recent(report, report); }

}  // namespace gosnoop::analyze
