// SPDX-License-Identifier: Apache-2.0
#include "event/totals.h"

#include <algorithm>

namespace gosnoop::event {
namespace {

using Slots = std::array<std::uint64_t, kHistogramSlots>;

template <typename E>
std::uint64_t kind_of() {
  return Event(E{}).index();
}

std::optional<TotalsKey> key_of(const BlockTotals& e) {
  return TotalsKey{kind_of<BlockTotals>(), e.stack, e.reason};
}
std::optional<TotalsKey> key_of(const SyscallTotals& e) {
  return TotalsKey{kind_of<SyscallTotals>(), e.stack, e.number,
                   static_cast<std::uint64_t>(e.origin)};
}
std::optional<TotalsKey> key_of(const SyscallErrors& e) {
  return TotalsKey{kind_of<SyscallErrors>(), e.number, static_cast<std::uint64_t>(e.origin),
                   e.error};
}
std::optional<TotalsKey> key_of(const SyscallGoroutines& e) {
  return TotalsKey{kind_of<SyscallGoroutines>(), e.number};
}
std::optional<TotalsKey> key_of(const TcpTotals&) { return TotalsKey{kind_of<TcpTotals>()}; }
std::optional<TotalsKey> key_of(const SocketsMade& e) {
  return TotalsKey{kind_of<SocketsMade>(), e.stack, static_cast<std::uint64_t>(e.kind)};
}
std::optional<TotalsKey> key_of(const ProbeCost&) { return TotalsKey{kind_of<ProbeCost>()}; }
std::optional<TotalsKey> key_of(const Loss& e) {
  return TotalsKey{kind_of<Loss>(), static_cast<std::uint64_t>(e.what), e.cpu};
}
template <typename E>
std::optional<TotalsKey> key_of(const E&) {
  return std::nullopt;
}

// Counters only grow; one that did not was read anew.
void take(std::uint64_t& now, std::uint64_t before) { now -= std::min(now, before); }

template <std::size_t N>
void take(std::array<std::uint64_t, N>& now, const std::array<std::uint64_t, N>& before) {
  for (std::size_t i = 0; i < N; ++i) take(now[i], before[i]);
}

// The most that the histogram allows: slot i holds durations below 2^i, the last all longer ones.
std::uint64_t most_of(const Slots& slots) {
  std::size_t used = slots.size();
  while (used > 0 && slots[used - 1] == 0) --used;
  if (used == slots.size()) return UINT64_MAX;
  return used == 0 ? 0 : (std::uint64_t{1} << (used - 1)) - 1;
}

void take_longest(std::uint64_t& now, std::uint64_t before, const Slots& slots_since) {
  if (now == before) now = std::min(now, most_of(slots_since));
}

void take_all(BlockTotals& now, const BlockTotals& before) {
  take(now.count, before.count);
  take(now.sum_ns, before.sum_ns);
  take(now.slots, before.slots);
  take_longest(now.max_ns, before.max_ns, now.slots);
}

void take_all(SyscallTotals& now, const SyscallTotals& before) {
  take(now.count, before.count);
  take(now.errors, before.errors);
  take(now.sum_ns, before.sum_ns);
  take(now.slots, before.slots);
  take_longest(now.max_ns, before.max_ns, now.slots);
}

void take_all(SyscallErrors& now, const SyscallErrors& before) { take(now.count, before.count); }
void take_all(SocketsMade& now, const SocketsMade& before) { take(now.count, before.count); }

void take_all(TcpTotals& now, const TcpTotals& before) {
  take(now.attempted, before.attempted);
  take(now.connected, before.connected);
  take(now.failed, before.failed);
  take(now.accepted, before.accepted);
  take(now.retransmits, before.retransmits);
  take(now.resets_sent, before.resets_sent);
  take(now.resets_received, before.resets_received);
  take(now.latency_sum_ns, before.latency_sum_ns);
  take(now.latency, before.latency);
  take_longest(now.latency_max_ns, before.latency_max_ns, now.latency);
}

void take_all(ProbeCost& now, const ProbeCost& before) {
  take(now.measured_ns, before.measured_ns);
  take(now.hits, before.hits);
  take(now.run_ns, before.run_ns);
  take(now.calls, before.calls);
  take(now.calls_ns, before.calls_ns);
  take(now.others_ns, before.others_ns);
}

// They were read while events came: so what was seen is the sum again.
void take_all(Loss& now, const Loss& before) {
  take(now.delivered, before.delivered);
  take(now.dropped, before.dropped);
  take(now.filtered, before.filtered);
  now.seen = now.delivered + now.dropped + now.filtered;
}

template <typename E>
void take_all(E&, const E&) {}

}  // namespace

std::optional<TotalsKey> totals_key(const Event& event) {
  return std::visit([](const auto& e) { return key_of(e); }, event);
}

Event since(const Event& now, const Event& before) {
  Event result = now;
  std::visit(
      [&](auto& e) {
        const auto* earlier = std::get_if<std::remove_reference_t<decltype(e)>>(&before);
        if (earlier != nullptr) take_all(e, *earlier);
      },
      result);
  return result;
}

}  // namespace gosnoop::event
