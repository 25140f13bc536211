// SPDX-License-Identifier: Apache-2.0
#include "snapshot/take_dump.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "snapshot/running.h"
#include "snapshot/table.h"
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

// Fills a Dump goroutine by goroutine; what many have in common is stored, and named, once.
class DumpBuilder {
 public:
  DumpBuilder(const gobin::GoBinary& binary, std::uint64_t bias, Dump& dump)
      : binary_(binary), bias_(bias), locations_(binary, bias), dump_(dump) {}

  void add(Seen seen) {
    const Goroutine& g = seen.g;
    Member member;
    member.goid = g.goid;
    member.parent_goid = g.parent_goid;
    member.stack = stack({std::move(seen.stack), seen.truncated});
    if (g.go_pc != 0) member.created_by = locations_.at(g.go_pc, PcKind::kReturn);
    if (g.start_pc != 0) member.start = locations_.at(g.start_pc, PcKind::kExact);
    member.status = g.status;
    member.wait_reason = g.wait_reason;
    member.system = is_system(member.start);
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

  Stack named(const RawStack& raw) {
    Stack stack{.locations = {}, .truncated = raw.truncated};
    auto kinds = kinds_of(binary_, bias_, raw.pcs, raw.innermost);
    for (std::size_t i = 0; i < raw.pcs.size(); ++i) {
      stack.locations.push_back(locations_.at(raw.pcs[i], kinds[i]));
    }
    return stack;
  }

  // The outermost of the functions inlined at an entry is the one that is entered.
  bool is_system(std::uint32_t start) const {
    return start != kNone &&
           symbol::is_system_function(locations_[start].lines.back().function);
  }

  const gobin::GoBinary& binary_;
  std::uint64_t bias_;
  Locations locations_;
  Dump& dump_;
  std::unordered_map<RawStack, std::uint32_t, HashOfStack> stacks_;
  std::vector<std::pair<Goroutine, std::size_t>> running_;  // with their index in members
};

}  // namespace

Result<Dump> take_dump(const target::Process& process, const gobin::GoBinary& binary,
                       event::Target target) {
  TRY_ASSIGN(auto table, Table::open(process, binary));
  TRY(table.check_layout());
  Dump dump;
  dump.target = std::move(target);
  dump.wall_clock_ns = clock_ns(CLOCK_REALTIME);
  dump.time_ns = clock_ns(CLOCK_MONOTONIC);
  dump.waits.emplace_back();
  DumpBuilder builder(binary, binary.image().load_bias(process.exe_start()), dump);
  auto add_all = [&](std::vector<Seen> batch) -> Result<void> {
    for (auto& seen : batch) builder.add(std::move(seen));
    return {};
  };
  TRY_ASSIGN(dump.unreadable, table.read(add_all, kMaxDumpFrames));
  builder.add_running(process);
  builder.finish();
  return dump;
}

}  // namespace gosnoop::snapshot
