// SPDX-License-Identifier: Apache-2.0
// Struct offsets that are wrong by a field give numbers that look like others: before gosnoop
// trusts them, each live g of the target must make sense.
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

// A thread that C made and that called Go has a g without a beginning (proc.go, oneNewExtraM).
bool made_for_c_thread(const Goroutine& g) { return g.start_pc == 0 && g.go_pc == 0; }

}  // namespace

// The field of a live g that makes no sense; "" if all do.
std::string_view Table::wrong_field(const Goroutine& g) const {
  if (g.sched_g != g.address.value) return "g.sched.g";
  if (!plausible_stack(g)) return "g.stack";
  if (g.goid == 0 || g.goid > kMaxGoid) return "g.goid";
  auto start = binary_.function_at(link(g.start_pc));
  bool begins = start && start->entry == link(g.start_pc);
  if (!begins && !made_for_c_thread(g)) return "g.startpc";
  if (g.go_pc != 0 && !binary_.function_at(link(g.go_pc))) return "g.gopc";
  if (g.wait_reason >= binary_.wait_reasons().size()) return "g.waitreason";
  if (!on_its_stack(g)) return "g.sched.sp";
  return {};
}

Error Table::layout_error(std::string_view field) const {
  return Error{
      ErrorCode::kUnsupportedGo,
      fmt::format("{} of the target makes no sense with the struct offsets for Go 1.{} ({})", field,
                  binary_.layout().table_minor,
                  binary_.go_version().empty() ? "the binary does not say its version"
                                               : binary_.go_version()),
      "trace a build with DWARF (without -ldflags=-w), or use a newer gosnoop", 0};
}

Result<void> Table::check_once() const {
  TRY_ASSIGN(auto pointers, read_pointers());
  constexpr std::size_t kEnough = 2000;
  if (pointers.size() > kEnough) pointers.resize(kEnough);
  std::unordered_set<std::uint64_t> goids;
  bool any_begins = false;
  for (const auto& g : read_goroutines(memory_, binary_.layout(), pointers)) {
    if (!known_status(g.status)) return fail(layout_error("g.atomicstatus"));
    if (!g.live()) continue;
    if (auto field = wrong_field(g); !field.empty()) return fail(layout_error(field));
    if (!goids.insert(g.goid).second) return fail(layout_error("g.goid"));
    any_begins = any_begins || g.start_pc != 0;
  }
  if (!goids.empty() && !any_begins) return fail(layout_error("g.startpc"));
  // The main goroutine lives as long as the process: a status that is never live is none.
  if (!pointers.empty() && goids.empty()) return fail(layout_error("g.atomicstatus"));
  return {};
}

// A g that is created or ends while it is read can be torn: only what is wrong each time is wrong.
Result<void> Table::check_layout() const {
  constexpr int kTries = 5;
  auto result = check_once();
  for (int i = 1; i < kTries && !result; ++i) result = check_once();
  return result;
}

}  // namespace gosnoop::snapshot
