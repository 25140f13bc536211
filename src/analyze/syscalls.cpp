// SPDX-License-Identifier: Apache-2.0
#include "analyze/syscalls.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "analyze/histogram.h"
#include "base/errno_name.h"

namespace gosnoop::analyze {
namespace {

using event::Origin;

// A SyscallUse in the making.
struct Use {
  SyscallUse use;
  std::unordered_map<std::string, std::size_t> callers;  // index in use.callers
};

void add_caller(Use& to, Frames stack, const event::SyscallTotals& totals) {
  auto& callers = to.use.callers;
  auto [it, is_new] = to.callers.try_emplace(key_of(stack), callers.size());
  if (is_new) callers.push_back({std::move(stack), 0, 0});
  callers[it->second].count += totals.count;
  callers[it->second].total_ns += totals.sum_ns;
}

void add(Use& to, const event::SyscallTotals& totals, const Names& names) {
  to.use.count += totals.count;
  to.use.failed += totals.errors;
  to.use.total_ns += totals.sum_ns;
  to.use.max_ns = std::max(to.use.max_ns, totals.max_ns);
  add_slots(to.use.slots, totals.slots);
  add_caller(to, names.totals(totals.stack), totals);
}

// Errors that the kernel had no room to tell apart.
void add_other_errors(SyscallUse& use) {
  auto sum = std::accumulate(use.errors.begin(), use.errors.end(), std::uint64_t{0},
                             [](auto before, const auto& error) { return before + error.second; });
  if (sum < use.failed) use.errors["other"] += use.failed - sum;
}

void note_goroutines(SyscallUse& use, const event::SyscallGoroutines& goroutines) {
  use.goroutines = goroutines.count;
  use.goroutines_complete = goroutines.complete;
  use.goroutine_ids = goroutines.goids;
}

template <typename Item, typename Amount>
void sort_by(std::vector<Item>& items, Amount amount) {
  std::stable_sort(items.begin(), items.end(),
                   [amount](const Item& a, const Item& b) { return amount(a) > amount(b); });
}

void finish(Use& made) {
  auto& use = made.use;
  use.p50_ns = quantile_ns(use.slots, 0.50, use.max_ns);
  use.p99_ns = quantile_ns(use.slots, 0.99, use.max_ns);
  add_other_errors(use);
  sort_by(use.callers, [](const SyscallCaller& caller) { return caller.total_ns; });
}

bool is_runtime(Origin origin) { return origin == Origin::kRuntime; }

}  // namespace

void Syscalls::on(const event::SyscallTotals& totals) {
  totals_[{{totals.number, totals.origin}, totals.stack}] = totals;
}

void Syscalls::on(const event::SyscallErrors& errors) {
  errors_[{{errors.number, errors.origin}, errors.error}] = errors.count;
}

void Syscalls::on(const event::Syscall& call) {
  if (call.in_flight) in_flight_[call.tid] = call;
}

std::string Syscalls::name_of(std::uint32_t number) const {
  auto it = names_.find(number);
  return it != names_.end() ? it->second : fmt::format("syscall_{}", number);
}

std::vector<SyscallUse> Syscalls::uses(const Names& names) const {
  std::map<std::pair<bool, std::uint32_t>, Use> made;
  for (const auto& [key, totals] : totals_) {
    add(made[{is_runtime(totals.origin), totals.number}], totals, names);
  }
  for (const auto& [key, count] : errors_) {
    auto [number, origin] = key.first;
    made[{is_runtime(origin), number}].use.errors[errno_name(key.second)] += count;
  }
  for (const auto& [number, goroutines] : goroutines_) {
    note_goroutines(made[{false, number}].use, goroutines);
  }
  std::vector<SyscallUse> uses;
  for (auto& [key, use] : made) {
    std::tie(use.use.runtime, use.use.name) = std::pair(key.first, name_of(key.second));
    finish(use);
    uses.push_back(std::move(use.use));
  }
  sort_by(uses, [](const SyscallUse& use) { return std::pair(!use.runtime, use.total_ns); });
  return uses;
}

std::vector<SyscallNow> Syscalls::now(const Names& names) const {
  std::vector<SyscallNow> calls;
  for (const auto& [tid, call] : in_flight_) {
    auto text = call.text.empty() ? name_of(call.number) : call.text;
    calls.push_back({std::move(text), call.goid, is_runtime(call.origin), call.duration_ns,
                     call.older, names.totals(call.stack)});
  }
  sort_by(calls, [](const SyscallNow& call) { return std::pair(!call.runtime, call.age_ns); });
  return calls;
}

}  // namespace gosnoop::analyze
