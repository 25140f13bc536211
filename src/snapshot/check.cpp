// SPDX-License-Identifier: Apache-2.0
// Struct offsets that are wrong by a field give numbers that look like others: before gosnoop trusts
// them, each live g of the target must make sense.
#include <fmt/format.h>

#include <unordered_set>

#include "snapshot/table.h"

namespace gosnoop::snapshot {
namespace {

constexpr std::uint64_t kMaxGoid = std::uint64_t{1} << 40;
constexpr std::uint64_t kMaxStack = std::uint64_t{1} << 30;  // proc.go, maxstacksize

bool known_status(Status status) {
  auto value = static_cast<std::uint32_t>(status);
  return value <= 4 || value == 6 || (value >= 8 && value <= 11);
}

bool plausible_stack(const Goroutine& g) {
  return g.stack_lo < g.stack_hi && g.stack_hi - g.stack_lo <= kMaxStack;
}

bool on_its_stack(const Goroutine& g) {
  return !g.parked() || (g.sp >= g.stack_lo && g.sp < g.stack_hi);
}

}  // namespace

// A g that is created or ends while it is read can be torn: only what is wrong each time is wrong.
Result<void> Table::check_layout() const {
  constexpr int kTries = 5;
  auto result = check_once();
  for (int i = 1; i < kTries && !result; ++i) result = check_once();
  return result;
}

Result<void> Table::check_once() const {
  TRY_ASSIGN(auto pointers, read_pointers());
  constexpr std::size_t kEnough = 2000;
  if (pointers.size() > kEnough) pointers.resize(kEnough);
  std::unordered_set<std::uint64_t> goids;
  for (const auto& g : read_goroutines(pointers)) {
    auto wrong = [&](std::string_view field) {
      return fail(ErrorCode::kUnsupportedGo,
                  fmt::format("{}: {} of the goroutine at {:#x} makes no sense with the struct "
                              "offsets for Go 1.{}",
                              binary_.go_version(), field, g.address.value,
                              binary_.layout().table_minor),
                  "trace a build with DWARF (without -ldflags=-w), or a newer gosnoop");
    };
    if (!known_status(g.status)) return wrong("g.atomicstatus");
    if (!g.live()) continue;
    if (g.sched_g != g.address.value) return wrong("g.sched.g");
    if (!plausible_stack(g)) return wrong("g.stack");
    if (g.goid == 0 || g.goid > kMaxGoid || !goids.insert(g.goid).second) return wrong("g.goid");
    auto start = binary_.function_at(link(g.start_pc));
    if (!start || start->entry != link(g.start_pc)) return wrong("g.startpc");
    if (g.go_pc != 0 && !binary_.function_at(link(g.go_pc))) return wrong("g.gopc");
    if (g.wait_reason >= binary_.wait_reasons().size()) return wrong("g.waitreason");
    if (!on_its_stack(g)) return wrong("g.sched.sp");
  }
  return {};
}

}  // namespace gosnoop::snapshot
