// SPDX-License-Identifier: Apache-2.0
#include "output/site_counters.h"

#include <algorithm>

#include "output/stack_text.h"

namespace gosnoop::output {
namespace {

const Site& rest() {
  static const Site kRest{kOther, "", ""};
  return kRest;
}

std::uint64_t more(std::uint64_t now, std::uint64_t before) {
  return now > before ? now - before : 0;
}

// What came since.
Waits difference(const Waits& now, const Waits& before) {
  Waits since;
  for (std::size_t i = 0; i < since.slots.size(); ++i) {
    since.slots[i] = more(now.slots[i], before.slots[i]);
  }
  since.count = more(now.count, before.count);
  since.total_ns = more(now.total_ns, before.total_ns);
  return since;
}

void add(Waits& to, const Waits& waits) {
  analyze::add_slots(to.slots, waits.slots);
  to.count += waits.count;
  to.total_ns += waits.total_ns;
}

std::map<Site, Waits> by_site(const std::vector<analyze::Hotspot>& hotspots) {
  std::map<Site, Waits> sites;
  for (const auto& hotspot : hotspots) {
    if (hotspot.episodes == 0) continue;
    add(sites[site_of(hotspot)], {hotspot.slots, hotspot.episodes, hotspot.total_ns});
  }
  return sites;
}

}  // namespace

Site site_of(const analyze::Hotspot& hotspot) {
  const Frame* frame = waiting_frame(hotspot.stack);
  if (frame == nullptr) return {"unknown", "", hotspot.wait_reason};
  return {frame->function, location(*frame, false), hotspot.wait_reason};
}

void SiteCounters::update(const std::vector<analyze::Hotspot>& hotspots) {
  auto now = by_site(hotspots);
  std::map<Site, Waits> since;
  for (const auto& [site, waits] : now) {
    auto difference_of = difference(waits, seen_[site]);
    if (difference_of.count != 0) since[site] = difference_of;
  }
  for (auto& [site, waits] : now) seen_[site] = waits;
  choose();
  for (const auto& [site, waits] : since) {
    auto own = counters_.find(site);
    add(own != counters_.end() ? own->second : counters_[rest()], waits);
  }
}

void SiteCounters::choose() {
  std::vector<std::pair<std::uint64_t, const Site*>> ranks;
  ranks.reserve(seen_.size());
  for (const auto& [site, waits] : seen_) ranks.emplace_back(waits.total_ns, &site);
  auto count = std::min(top_, ranks.size());
  std::partial_sort(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(count), ranks.end(),
                    [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; i < count; ++i) make_room_for(*ranks[i].second, ranks[i].first);
}

void SiteCounters::make_room_for(const Site& site, std::uint64_t total_ns) {
  if (counters_.contains(site)) return;
  auto least = counters_.end();
  std::size_t own = 0;
  for (auto it = counters_.begin(); it != counters_.end(); ++it) {
    if (it->first == rest()) continue;
    ++own;
    bool less =
        least == counters_.end() || seen_[it->first].total_ns < seen_[least->first].total_ns;
    if (less) least = it;
  }
  if (own >= top_) {
    if (seen_[least->first].total_ns * 2 > total_ns) return;
    counters_.erase(least);
  }
  counters_[site];
}

}  // namespace gosnoop::output
