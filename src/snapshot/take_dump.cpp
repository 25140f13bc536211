// SPDX-License-Identifier: Apache-2.0
#include "snapshot/take_dump.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/time.h"
#include "snapshot/table.h"
#include "symbol/system.h"

namespace gosnoop::snapshot {
namespace {

using symbol::PcKind;

struct HashOfPcs {
  std::size_t operator()(const Pcs& pcs) const { return hash_of(pcs); }
};

// Fills a Dump goroutine by goroutine; what many have in common is stored, and named, once.
class DumpBuilder {
 public:
  DumpBuilder(const gobin::GoBinary& binary, std::uint64_t bias, Dump& dump)
      : locations_(binary, bias), dump_(dump) {}

  void add(Seen seen) {
    const Goroutine& g = seen.g;
    Member member;
    member.goid = g.goid;
    member.parent_goid = g.parent_goid;
    member.stack = stack(std::move(seen.stack));
    if (g.go_pc != 0) member.created_by = locations_.at(g.go_pc, PcKind::kReturn);
    member.start = locations_.at(g.start_pc, PcKind::kExact);
    member.status = g.status;
    member.wait_reason = g.wait_reason;
    member.system = is_system(member.start);
    dump_.members.push_back(member);
  }

  void finish() {
    std::sort(dump_.members.begin(), dump_.members.end(),
              [](const Member& a, const Member& b) { return a.goid < b.goid; });
    dump_.locations = locations_.all();
  }

 private:
  std::uint32_t stack(Pcs pcs) {
    if (pcs.empty()) return kNone;
    auto next = static_cast<std::uint32_t>(dump_.stacks.size());
    auto [found, added] = stacks_.try_emplace(std::move(pcs), next);
    if (added) dump_.stacks.push_back(named(found->first));
    return found->second;
  }

  Stack named(const Pcs& pcs) {
    Stack stack;
    stack.locations.reserve(pcs.size());
    for (std::uint64_t pc : pcs) stack.locations.push_back(locations_.at(pc, PcKind::kReturn));
    return stack;
  }

  // The outermost of the functions inlined at an entry is the one that is entered.
  bool is_system(Locations::Index start) const {
    return symbol::is_system_function(locations_[start].lines.back().function);
  }

  Locations locations_;
  Dump& dump_;
  std::unordered_map<Pcs, std::uint32_t, HashOfPcs> stacks_;
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
  TRY_ASSIGN(dump.unreadable, table.read([&](std::vector<Seen> batch) -> Result<void> {
    for (auto& seen : batch) builder.add(std::move(seen));
    return {};
  }));
  builder.finish();
  return dump;
}

}  // namespace gosnoop::snapshot
