// SPDX-License-Identifier: Apache-2.0
#include "analyze/blocking.h"

#include <algorithm>
#include <string>

#include "analyze/histogram.h"
#include "analyze/idle.h"
#include "analyze/peers.h"

namespace gosnoop::analyze {
namespace {

constexpr std::size_t kMaxPeersShown = 5;
// A server has a peer a connection: beyond this many no one of them is to blame.
constexpr std::size_t kMaxPeers = std::size_t{1} << 14;
// Pairs of stacks kept; a program with more has no dominant waker anyway.
constexpr std::size_t kMaxWakes = std::size_t{1} << 16;

// A Hotspot in the making: one wait reason at one place in the source.
struct Spot {
  Hotspot hotspot;
  std::unordered_map<std::string, std::size_t> wakers;  // index in hotspot.wakers
  std::map<std::string, PeerWaits> peers;
  std::unordered_map<event::StackHash, std::uint64_t> whole_stacks;
  event::StackHash whole = 0;  // the one seen most
  std::uint64_t most_seen = 0;
};

// Those that wait at one place.
struct Waiting {
  std::uint64_t now = 0;
  std::uint64_t longest_ns = 0;
  std::uint64_t at_start = 0;
  std::uint64_t since_start = 0;
  Peers peers;
};
using WaitingByPlace = std::unordered_map<std::uint32_t, Waiting>;

void add_peers_now(Spot& spot, const Peers& peers) {
  for (const auto& now : peers.list()) {
    PeerWaits& waits = spot.peers[now.peer];
    waits.peer = now.peer;
    waits.waiting_now += now.count;
    waits.waiting_longest_ns = std::max(waits.waiting_longest_ns, now.longest_ns);
    if (!now.srtt_us) continue;
    waits.srtt_us = std::max(waits.srtt_us.value_or(0), *now.srtt_us);
    waits.retransmits = waits.retransmits.value_or(0) + *now.retransmits;
  }
}

std::string key_from(const std::string& reason, const Frames& innermost) {
  return reason + "\n" + key_of(innermost);
}

class Collector {
 public:
  Collector(const Names& names, bool with_system) : names_(names), with_system_(with_system) {}

  void add(const event::BlockTotals& totals);
  void add(const Place& place, const Waiting& waiting);
  void add_wake(const Place& place, event::Waker kind, event::StackHash stack, std::uint64_t count);
  void add_peer(const Place& place, const std::string& peer, const PeerWaits& waits);
  std::vector<Hotspot> finish();

 private:
  Spot* spot_at(const Place& place, Frames frames);
  Spot* spot_of_whole(const Place& place, std::uint64_t count);

  const Names& names_;
  bool with_system_;
  std::vector<Spot> spots_;
  std::unordered_map<std::string, std::size_t> known_;
};

// nullptr: a wait of the runtime's own, not to be listed. `frames`: the innermost of the place.
Spot* Collector::spot_at(const Place& place, Frames frames) {
  if (!with_system_ && is_runtime_only(frames)) return nullptr;
  std::string reason = names_.wait_reason(place);
  auto [it, is_new] = known_.try_emplace(key_from(reason, frames), spots_.size());
  if (is_new) {
    Spot& spot = spots_.emplace_back();
    spot.hotspot.key = it->first;
    spot.hotspot.wait_reason = std::move(reason);
    spot.hotspot.idle = waits_for_work(frames);
    spot.hotspot.stack = std::move(frames);
  }
  return &spots_[it->second];
}

// A stack that is known as a whole shows more than the innermost frames by which totals are kept:
// the hotspot gets the one that was seen most.
Spot* Collector::spot_of_whole(const Place& place, std::uint64_t count) {
  Spot* spot = spot_at(place, names_.parked_innermost(place.stack));
  if (spot == nullptr) return nullptr;
  auto& seen = spot->whole_stacks[place.stack];
  seen += count;
  if (seen > spot->most_seen) {
    spot->most_seen = seen;
    spot->whole = place.stack;
  }
  return spot;
}

void Collector::add(const event::BlockTotals& totals) {
  Spot* spot = spot_at({totals.stack, totals.reason, false}, names_.totals(totals.stack));
  if (spot == nullptr || totals.count == 0) return;
  spot->hotspot.episodes += totals.count;
  spot->hotspot.total_ns += totals.sum_ns;
  spot->hotspot.max_ns = std::max(spot->hotspot.max_ns, totals.max_ns);
  add_slots(spot->hotspot.slots, totals.slots);
}

void Collector::add(const Place& place, const Waiting& waiting) {
  Spot* spot = spot_of_whole(place, std::max(waiting.now, waiting.at_start));
  if (spot == nullptr) return;
  Hotspot& h = spot->hotspot;
  h.waiting_now += waiting.now;
  h.waiting_longest_ns = std::max(h.waiting_longest_ns, waiting.longest_ns);
  h.waiting_at_start += waiting.at_start;
  h.waiting_since_start += waiting.since_start;
  add_peers_now(*spot, waiting.peers);
}

void Collector::add_wake(const Place& place, event::Waker kind, event::StackHash stack,
                         std::uint64_t count) {
  Spot* spot = spot_of_whole(place, count);
  if (spot == nullptr) return;
  spot->hotspot.streamed += count;
  auto& wakers = spot->hotspot.wakers;
  Frames frames = names_.waker(stack);
  std::string key = std::to_string(static_cast<int>(kind)) + key_of(frames);
  auto [it, is_new] = spot->wakers.try_emplace(key, wakers.size());
  if (is_new) wakers.push_back({kind, std::move(frames), 0});
  wakers[it->second].count += count;
}

void Collector::add_peer(const Place& place, const std::string& peer, const PeerWaits& waits) {
  Spot* spot = spot_at(place, names_.parked_innermost(place.stack));
  if (spot == nullptr) return;
  auto [it, is_new] = spot->peers.try_emplace(peer, PeerWaits{});
  it->second.peer = peer;
  it->second.episodes += waits.episodes;
  it->second.total_ns += waits.total_ns;
  it->second.max_ns = std::max(it->second.max_ns, waits.max_ns);
}

std::vector<PeerWaits> top_peers(std::map<std::string, PeerWaits>& peers) {
  std::vector<PeerWaits> top;
  top.reserve(peers.size());
  for (auto& [name, waits] : peers) top.push_back(std::move(waits));
  std::stable_sort(top.begin(), top.end(), [](const PeerWaits& a, const PeerWaits& b) {
    if (a.total_ns != b.total_ns) return a.total_ns > b.total_ns;
    return a.waiting_now > b.waiting_now;
  });
  if (top.size() > kMaxPeersShown) top.resize(kMaxPeersShown);
  return top;
}

void keep_top_wakers(std::vector<WakerCount>& wakers) {
  auto more = [](const WakerCount& a, const WakerCount& b) {
    if (a.count != b.count) return a.count > b.count;
    return a.kind != b.kind ? a.kind < b.kind : key_of(a.stack) < key_of(b.stack);
  };
  std::sort(wakers.begin(), wakers.end(), more);
  if (wakers.size() > kMaxWakers) wakers.resize(kMaxWakers);
}

bool comes_before(const Hotspot& a, const Hotspot& b) {
  if (a.idle != b.idle) return b.idle;
  if (a.total_ns != b.total_ns) return a.total_ns > b.total_ns;
  if (a.waiting_now != b.waiting_now) return a.waiting_now > b.waiting_now;
  if (a.wait_reason != b.wait_reason) return a.wait_reason < b.wait_reason;
  return key_of(a.stack) < key_of(b.stack);
}

std::vector<Hotspot> Collector::finish() {
  std::vector<Hotspot> hotspots;
  for (Spot& spot : spots_) {
    Hotspot& h = spot.hotspot;
    if (h.episodes + h.waiting_now + h.streamed + h.waiting_at_start == 0) continue;
    if (h.episodes != 0) h.mean_ns = h.total_ns / h.episodes;
    h.p50_ns = quantile_ns(h.slots, 0.50, h.max_ns);
    h.p99_ns = quantile_ns(h.slots, 0.99, h.max_ns);
    if (spot.whole != 0) {
      h.stack = names_.parked(spot.whole);
      h.idle = h.idle || waits_for_work(h.stack);  // behind wrappers of a connection, say
    }
    keep_top_wakers(h.wakers);
    h.peers = top_peers(spot.peers);
    hotspots.push_back(std::move(h));
  }
  std::sort(hotspots.begin(), hotspots.end(), comes_before);
  return hotspots;
}

// How long a goroutine that waits does so; 0: nobody knows.
TimeNs waited(const Goroutine& g, bool since_start, const Conditions& c) {
  TimeNs since = since_start ? c.start : g.since;
  return since != 0 && c.now > since ? c.now - since : 0;
}

WaitingByPlace waiting_by_place(const Ledger& ledger, const Conditions& conditions) {
  WaitingByPlace waiting;
  for (auto [place, count] : ledger.parked_at_start()) waiting[place].at_start = count;
  ledger.goroutines().for_each([&](const Goroutine& g) {
    if (!ledger.parked_now(g) || g.system) return;
    bool since_start = ledger.parked_since_start(g);
    Waiting& at = waiting[g.place];
    ++at.now;
    at.since_start += since_start;
    at.longest_ns = std::max(at.longest_ns, waited(g, since_start, conditions));
    if (auto* socket = ledger.socket_of(g)) {
      at.peers.add(*socket, waited(g, since_start, conditions));
    }
  });
  // A goroutine in a system call runs, to the scheduler: it is not a wait of this report.
  std::erase_if(waiting, [&](const auto& entry) { return ledger.place(entry.first).syscall; });
  return waiting;
}

}  // namespace

std::string hotspot_key(const Place& place, const Names& names) {
  return key_from(names.wait_reason(place), names.parked_innermost(place.stack));
}

void Blocking::on(const event::BlockTotals& totals) {
  totals_[{totals.stack, totals.reason, false}] = totals;
}

void Blocking::on(const event::WaitSocket& socket) {
  bool listens = socket.remote.port == 0;
  peers_[static_cast<std::uint32_t>(socket.inode)] =
      listens ? socket.local.text() + " (listening)" : socket.remote.text();
}

void Blocking::note_peer(const event::GoBlock& block) {
  auto peer = peers_.find(block.socket);
  if (block.socket == 0 || peer == peers_.end()) return;
  if (peer_waits_.size() >= kMaxPeers && !peer_waits_.contains(peer->second)) return;
  PeerWaits& waits = peer_waits_[peer->second][{block.stack, block.reason, false}];
  ++waits.episodes;
  waits.total_ns += block.duration_ns;
  waits.max_ns = std::max(waits.max_ns, block.duration_ns);
}

void Blocking::on(const event::GoBlock& block) {
  note_peer(block);
  Wake wake{{block.stack, block.reason, false}, block.waker, block.waker_stack};
  if (auto it = wakes_.find(wake); it != wakes_.end()) {
    ++it->second;
  } else if (wakes_.size() < kMaxWakes) {
    wakes_.emplace(wake, 1);
  }
}

std::vector<Hotspot> Blocking::hotspots(const Ledger& ledger, const Names& names,
                                        const Conditions& conditions, bool with_system) const {
  Collector collector(names, with_system);
  for (const auto& [place, totals] : totals_) collector.add(totals);
  for (const auto& [id, waiting] : waiting_by_place(ledger, conditions)) {
    collector.add(ledger.place(id), waiting);
  }
  for (const auto& [wake, count] : wakes_) {
    collector.add_wake(wake.place, wake.kind, wake.waker_stack, count);
  }
  for (const auto& [peer, places] : peer_waits_) {
    for (const auto& [place, waits] : places) collector.add_peer(place, peer, waits);
  }
  return collector.finish();
}

}  // namespace gosnoop::analyze
