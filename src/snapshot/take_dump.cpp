// SPDX-License-Identifier: Apache-2.0
#include "snapshot/take_dump.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "snapshot/running.h"
#include "snapshot/table.h"
#include "snapshot/waits.h"
#include "symbol/system.h"

namespace gosnoop::snapshot {
namespace {

using symbol::PcKind;

constexpr std::size_t kMaxDumpFrames = 4096;

// A stack as it was read.
struct RawStack {
  Pcs pcs;
  bool truncated = false;
  PcKind innermost = PcKind::kReturn;

  bool operator==(const RawStack&) const = default;
};

struct HashOfStack {
  std::size_t operator()(const RawStack& stack) const { return hash_of(stack.pcs); }
};

struct HashOfWaits {
  std::size_t operator()(const WaitsFor& waits) const {
    std::uint64_t channel = waits.channels.empty() ? 0 : waits.channels.front().address;
    std::uint64_t hash =
        waits.address ^ channel ^ waits.until_ns ^ std::hash<std::string>{}(waits.call);
    return (hash + static_cast<std::uint64_t>(waits.fd)) * 0x9e3779b97f4a7c15u;
  }
};

bool panics(std::string_view function) {
  return function == "runtime.gopanic" || function == "runtime.sigpanic" ||
         function == "runtime.panicwrap";
}

// Goroutines of the runtime that are the user's for the time they call its finalizers and cleanups
// (traceback.go, isSystemGoroutine): then a function of the user's is on the stack.
bool may_call_user(std::string_view start_function) {
  return start_function == "runtime.runfinq" || start_function == "runtime.runFinalizers" ||
         start_function == "runtime.runCleanups";
}

bool is_runtimes(std::string_view function) {
  return function.starts_with("runtime.") || function == "reflectcall";
}

// Fills a Dump goroutine by goroutine; what many have in common is stored, and named, once.
class DumpBuilder {
 public:
  DumpBuilder(const gobin::GoBinary& binary, std::uint64_t bias, Dump& dump)
      : binary_(binary), bias_(bias), locations_(binary, bias), dump_(dump) {}

  void add(Seen seen, WaitsFor waits, std::int32_t thread) {
    const Goroutine& g = seen.g;
    Member member;
    member.goid = g.goid;
    member.parent_goid = g.parent_goid;
    member.stack = stack({std::move(seen.stack), seen.truncated});
    if (g.go_pc != 0) member.created_by = locations_.at(g.go_pc, PcKind::kReturn);
    if (g.start_pc != 0) member.start = start_of(g.start_pc);
    member.waits_for = waits_for(std::move(waits));
    member.waiting_since_ns = g.waitsince;
    member.thread = thread;
    member.locked = g.locked_m != 0;
    member.bubble = g.bubble != 0 && binary_.go_minor() >= 25;
    member.status = g.status;
    member.wait_reason = g.wait_reason;
    member.system = is_system(member);
    if (g.status == Status::kRunning) running_.push_back({g, dump_.members.size()});
    dump_.members.push_back(member);
  }

  // Those that run have their registers in their threads. One without a stack is no error.
  void add_running(const target::Process& process) {
    std::vector<Goroutine> goroutines;
    for (const auto& [g, index] : running_) goroutines.push_back(g);
    auto stacks = stacks_of_running(process, binary_, goroutines, kMaxDumpFrames);
    if (!stacks) return;
    for (std::size_t i = 0; i < stacks->size(); ++i) {
      bool truncated = (*stacks)[i].truncated();
      dump_.members[running_[i].second].stack =
          stack({std::move((*stacks)[i].pcs), truncated, PcKind::kExact});
    }
  }

  void finish() {
    std::sort(dump_.members.begin(), dump_.members.end(),
              [](const Member& a, const Member& b) { return a.goid < b.goid; });
    dump_.locations = locations_.all();
  }

 private:
  std::uint32_t stack(RawStack raw) {
    if (raw.pcs.empty()) return kNone;
    auto next = static_cast<std::uint32_t>(dump_.stacks.size());
    auto [found, added] = stacks_.try_emplace(std::move(raw), next);
    if (added) dump_.stacks.push_back(named(found->first));
    return found->second;
  }

  // `go f(x)` starts in a wrapper.
  Locations::Index start_of(std::uint64_t pc) {
    return locations_.at(pc, PcKind::kExact, symbol::Wrappers::kShown);
  }

  std::uint32_t waits_for(WaitsFor waits) {
    if (waits.kind == WaitsFor::Kind::kUnknown) return 0;
    auto next = static_cast<std::uint32_t>(dump_.waits.size());
    auto [found, added] = waits_.try_emplace(std::move(waits), next);
    if (added) dump_.waits.push_back(found->first);
    return found->second;
  }

  Stack named(const RawStack& raw) {
    Stack stack{.locations = {}, .truncated = raw.truncated};
    auto kinds = kinds_of(binary_, bias_, raw.pcs, raw.innermost);
    auto wrappers = symbol::Wrappers::kLeftOut;
    for (std::size_t i = 0; i < raw.pcs.size(); ++i) {
      auto location = locations_.at(raw.pcs[i], kinds[i], wrappers);
      const auto& lines = locations_[location].lines;
      wrappers = !lines.empty() && panics(lines.back().function) ? symbol::Wrappers::kShown
                                                                 : symbol::Wrappers::kLeftOut;
      if (!lines.empty()) stack.locations.push_back(location);
    }
    return stack;
  }

  bool is_system(const Member& member) const {
    if (member.start == kNone) return false;
    // The outermost of the functions inlined at an entry is the one that is entered.
    const auto& start = locations_[member.start].lines.back().function;
    if (!symbol::is_system_function(start)) return false;
    return !may_call_user(start) || member.stack == kNone ||
           !calls_user(dump_.stacks[member.stack]);
  }

  bool calls_user(const Stack& stack) const {
    return std::ranges::any_of(stack.locations, [&](auto location) {
      return !is_runtimes(locations_[location].lines.back().function);
    });
  }

  const gobin::GoBinary& binary_;
  std::uint64_t bias_;
  Locations locations_;
  Dump& dump_;
  std::unordered_map<RawStack, std::uint32_t, HashOfStack> stacks_;
  std::unordered_map<WaitsFor, std::uint32_t, HashOfWaits> waits_;
  std::vector<std::pair<Goroutine, std::size_t>> running_;  // with their index in members
};

Dump begin_dump(event::Target target) {
  Dump dump;
  dump.target = std::move(target);
  dump.wall_clock_ns = clock_ns(CLOCK_REALTIME);
  dump.time_ns = clock_ns(CLOCK_MONOTONIC);
  dump.waits.emplace_back();
  return dump;
}

void add_all(std::vector<Seen> batch, WaitReader& reader, DumpBuilder& builder) {
  std::vector<Goroutine> goroutines;
  goroutines.reserve(batch.size());
  for (const Seen& seen : batch) goroutines.push_back(seen.g);
  auto waits = reader.read(goroutines);
  auto threads = reader.read_threads(goroutines);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    builder.add(std::move(batch[i]), std::move(waits[i]), threads[i]);
  }
}

}  // namespace

Result<Dump> take_dump(const target::Process& process, const gobin::GoBinary& binary,
                       event::Target target) {
  TRY_ASSIGN(auto table, Table::open(process, binary));
  TRY(table.check_layout());
  TRY_ASSIGN(auto memory, target::Memory::open(process.pid()));
  WaitReader reader(process, binary, memory);
  Dump dump = begin_dump(std::move(target));
  DumpBuilder builder(binary, binary.image().load_bias(process.exe_start()), dump);
  auto add_batch = [&](std::vector<Seen> batch) -> Result<void> {
    add_all(std::move(batch), reader, builder);
    return {};
  };
  TRY_ASSIGN(dump.unreadable, table.read(add_batch, kMaxDumpFrames));
  builder.add_running(process);
  builder.finish();
  return dump;
}

}  // namespace gosnoop::snapshot
