// SPDX-License-Identifier: Apache-2.0
#include "analyze/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace gosnoop::analyze {
namespace {

constexpr event::TimeNs kSecond = 1'000'000'000;
constexpr event::TimeNs kShortestWindow = 2 * kSecond;  // growth is not judged in less
constexpr event::TimeNs kBurstAge = 3 * kSecond;
constexpr std::uint64_t kMinGrowth = 3;
constexpr std::uint64_t kMinLeak = 5;      // fewer are a suspicion: three clients that connected
constexpr std::uint64_t kMinDormant = 5;   // likewise for goroutines that only stay
constexpr std::uint64_t kFineSlices = 16;  // from so many on every slice should have its share

double seconds(event::TimeNs ns) { return static_cast<double>(ns) / static_cast<double>(kSecond); }

// Are times of creation known well enough for every slice to have its share?
bool is_fine(const Evidence& e, const Conditions& c) {
  return e.settled >= kFineSlices && (c.snapshots == 0 || c.snapshots > kSlices);
}

// Survivors in as many slices as their number can fill: a leak of one a second over eight seconds
// has none in some eighth of the window, but some in every quarter.
struct Slices {
  std::array<std::uint64_t, kSlices> of{};
  std::size_t count = kSlices;

  Slices(const Evidence& e, const Conditions& c) : of(e.survivors) {
    if (is_fine(e, c)) return;
    count = kSlices / 2;
    for (std::size_t i = 0; i < count; ++i) of[i] = e.survivors[2 * i] + e.survivors[2 * i + 1];
  }
  std::span<const std::uint64_t> all() const { return {of.data(), count}; }
  std::span<const std::uint64_t> but_last() const { return {of.data(), count - 1}; }
  std::size_t growing() const {
    return count - static_cast<std::size_t>(std::count(of.begin(), of.begin() + count, 0u));
  }
};

std::uint64_t sum(std::span<const std::uint64_t> numbers) {
  return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
}

// Growth in three of four slices, in both halves, and in the last one. The last slice is left out
// of the comparison: it holds those that are on their way to a normal end.
bool grows_in_slices(const Slices& slices) {
  if (slices.growing() * 4 < slices.count * 3 || slices.all().back() == 0) return false;
  auto early = slices.but_last();
  std::uint64_t total = sum(early);
  std::uint64_t largest = *std::max_element(early.begin(), early.end());
  bool first_half = sum(slices.all().first(slices.count / 2)) > 0;
  // One burst (a pool, clients that connect when the load begins) and a trickle is not steady.
  return first_half && (total - largest) * 5 >= total * 2;
}

// Members that live longer than half a window, but do end: the oldest survivor is much younger than
// the first that was created, and just those before it are gone.
bool ends_after_a_while(const Evidence& e, const Conditions& c) {
  if (e.exited == 0 || e.exited >= e.live()) return false;
  double gap = seconds(c.now - e.oldest) / static_cast<double>(e.live());
  return seconds(e.oldest - e.first_created) > 4 * gap;
}

// Members that live longer than the window: those older than it exit about as fast as new ones
// are created, as far as such small numbers can tell.
bool older_ones_make_up(const Evidence& e) {
  if (e.late_older_exits == 0) return false;
  auto made = static_cast<double>(e.late_survivors);
  auto ended = static_cast<double>(e.late_older_exits);
  return ended >= made / 2 || made - ended < 2 * std::sqrt(made + ended);
}

bool grows(const Evidence& e, const Conditions& c) {
  if (c.now - c.start < kShortestWindow || e.settled < kMinGrowth) return false;
  return grows_in_slices(Slices(e, c)) && !ends_after_a_while(e, c) && !older_ones_make_up(e);
}

// Nearly all: one in eight may still be on its way there, or about to end.
bool nearly_all(std::uint64_t part, std::uint64_t whole) {
  return part > 0 && whole - part <= std::max<std::uint64_t>(whole / 8, whole >= 4 ? 1 : 0);
}

bool stays(const Evidence& e) {
  return nearly_all(e.staying, e.looked) && e.at_place * 2 >= e.staying;
}

// Only there and never woken, which a pool that has no work is too; so it takes a number of them,
// made one after another or a while ago, of which none ever ended, nor any that was there before.
bool is_dormant(const Evidence& e, const Conditions& c) {
  if (e.exited + e.older_exits != 0 || e.settled < kMinDormant) return false;
  if (!nearly_all(e.dormant, e.looked) || c.now < e.oldest + kBurstAge) return false;
  auto slices =
      kSlices - static_cast<std::size_t>(std::count(e.survivors.begin(), e.survivors.end(), 0u));
  return slices >= 3 || c.now - e.youngest >= kBurstAge;
}

// Growth alone is suspect where a good part of what is created stays.
bool keeps_a_part(const Evidence& e) { return e.live() * 5 >= e.created; }

std::string how_it_grew(const Evidence& e, const Conditions& c) {
  Slices slices(e, c);
  double rate = static_cast<double>(e.live()) / std::max(seconds(c.now - c.start), 1e-9);
  std::string where = slices.growing() == slices.count
                          ? fmt::format("every one of {} slices", slices.count)
                          : fmt::format("{} of {} slices", slices.growing(), slices.count);
  return fmt::format("grew by {:.1f} a second in {} of the window", rate, where);
}

std::string who_exited(const Evidence& e) {
  if (e.exited == 0) return fmt::format("none of {} exited", e.created);
  return fmt::format("{} of {} exited", e.exited, e.created);
}

std::string where_they_are(const Evidence& e, const std::string& wait_reason) {
  if (e.looked == 0) return "no snapshot shows where they wait";
  std::string place = wait_reason.empty() ? "one place" : wait_reason;
  if (e.staying == 0) return "they are woken to work, or move on";
  const char* all = e.at_place == e.looked           ? "all"
                    : e.at_place * 8 >= e.looked * 7 ? "nearly all"
                                                     : "most";
  return fmt::format("{} parked at {}", all, place);
}

std::string loss_note(const Conditions& c) {
  if (c.dropped == 0) return {};
  return fmt::format("; {} creations or exits were lost, so this rests on the snapshots",
                     c.dropped);
}

std::string describe(const Evidence& e, const Conditions& c, bool grew, bool stayed,
                     const std::string& wait_reason) {
  std::string first = grew ? how_it_grew(e, c) : fmt::format("{} created", e.created);
  std::string where = where_they_are(e, wait_reason);
  if (grew && !stayed && e.staying > 0) where = "but many are woken to work, or move on";
  return fmt::format("{}, {}, {}{}", first, who_exited(e), where, loss_note(c));
}

// The earlier of two times of which either may be 0, for none.
event::TimeNs earlier(event::TimeNs a, event::TimeNs b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

}  // namespace

void Evidence::add(const Evidence& other) {
  created += other.created;
  exited += other.exited;
  for (std::size_t i = 0; i < kSlices; ++i) survivors[i] += other.survivors[i];
  settled += other.settled;
  looked += other.looked;
  staying += other.staying;
  dormant += other.dormant;
  first_created = earlier(first_created, other.first_created);
  oldest = earlier(oldest, other.oldest);
  youngest = std::max(youngest, other.youngest);
  older_exits = std::max(older_exits, other.older_exits);  // the same in all of a family
  late_older_exits = std::max(late_older_exits, other.late_older_exits);
  late_survivors = std::max(late_survivors, other.late_survivors);
}

Judgement judge(const Evidence& e, const Conditions& c, const std::string& wait_reason) {
  bool grew = grows(e, c);
  bool stayed = stays(e);
  Judgement judgement;
  if (grew && stayed && e.settled >= kMinLeak) {
    judgement.verdict = Verdict::kLeaking;
  } else if ((grew && (stayed || keeps_a_part(e))) || (stayed && is_dormant(e, c))) {
    judgement.verdict = Verdict::kSuspect;
  }
  judgement.why = describe(e, c, grew, stayed, wait_reason);
  return judgement;
}

}  // namespace gosnoop::analyze
