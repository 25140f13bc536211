// SPDX-License-Identifier: Apache-2.0
#include "output/dump_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "analyze/dump_frames.h"
#include "output/stack_text.h"
#include "output/style.h"
#include "output/units.h"
#include "output/waits_text.h"

namespace gosnoop::output {
namespace {

using analyze::DumpGroup;
using event::GoStatus;
using snapshot::Dump;
using snapshot::Member;

constexpr std::size_t kMaxWaits = 3;    // different things waited for, of a group
constexpr std::size_t kMaxThreads = 8;  // of a group

std::size_t user_goroutines(const Dump& dump) {
  return static_cast<std::size_t>(
      std::ranges::count_if(dump.members, [](const Member& member) { return !member.system; }));
}

void write_head(std::ostream& out, const Dump& dump, const Style& style) {
  auto users = user_goroutines(dump);
  fmt::print(out, "pid {} {} ({}), {} and {} of the runtime, {}\n", dump.target.pid,
             printable(dump.target.exe), printable(dump.target.go_version),
             counted(users, "goroutine"), dump.members.size() - users,
             local_date(dump.wall_clock_ns));
  if (dump.unreadable > 0) {
    fmt::print(out, "{} {} more changed too fast to be read, they are not in this dump\n",
               style.warning("NOTE"), thousands(dump.unreadable));
  }
}

std::string state_of(const Dump& dump, const Member& member) {
  const std::string& reason = dump.wait_reason(member);
  if (reason.empty()) return std::string(status_name(member.status));
  return member.status == GoStatus::kLeaked ? reason + ", found leaked by the runtime" : reason;
}

void write_answer(std::ostream& out, const Dump& dump, const DumpGroup& group, const Style& style) {
  const Member& any = group.any(dump);
  fmt::print(out, "\n{} in {}", style.strong(thousands(group.count())),
             style.strong(printable(state_of(dump, any))));
  if (group.count() == 1) fmt::print(out, ", goroutine {}", any.goid);
  if (group.longest_wait_ns > 0) {
    fmt::print(out, ", {}about {}", group.count() == 1 ? "for " : "the longest for ",
               duration(group.longest_wait_ns));
  }
  fmt::print(out, "\n");
}

// The threads that its members run on, or are locked to.
void write_threads(std::ostream& out, const Dump& dump, const DumpGroup& group) {
  std::vector<std::int32_t> threads;
  bool locked = false;
  for (auto index : group.members) {
    const Member& member = dump.members[index];
    if (member.thread != 0) threads.push_back(member.thread);
    locked = locked || member.locked;
  }
  if (threads.empty()) return;
  bool more = threads.size() > kMaxThreads;
  if (more) threads.resize(kMaxThreads);
  fmt::print(out, "  {} {}{}{}\n", threads.size() == 1 ? "thread" : "threads",
             fmt::join(threads, ", "), more ? ", …" : "", locked ? " (locked to it)" : "");
}

// What members wait for, as far as it is known.
struct Share {
  std::string text;
  std::uint64_t count = 0;      // members
  std::uint64_t different = 0;  // things they wait for
  // Of their TCP connections the longest round trip, and the sum.
  std::optional<std::uint64_t> srtt_us{};
  std::optional<std::uint64_t> retransmits{};
};

void add_quality(Share& share, const snapshot::WaitsFor& waits) {
  if (!waits.socket || !waits.socket->quality) return;
  share.srtt_us =
      std::max<std::uint64_t>(share.srtt_us.value_or(0), waits.socket->quality->srtt_us);
  share.retransmits = share.retransmits.value_or(0) + waits.socket->quality->retransmits;
}

std::vector<Share> one_by_one(const Dump& dump, const DumpGroup& group) {
  std::vector<Share> shares;
  for (const auto& [index, count] : group.waits_for) {
    const std::string text = waits_text(dump.waits[index], dump.time_ns);
    if (!text.empty()) shares.push_back({text, count, 1});
  }
  return shares;
}

// A thousand readers have a connection each: what tells more is where the connections lead.
std::vector<Share> by_what_is_common(const Dump& dump, const DumpGroup& group) {
  std::map<std::string, Share> by_common;
  for (const auto& [index, count] : group.waits_for) {
    const std::string common = waits_in_common(dump.waits[index]);
    if (common.empty()) continue;
    Share& share = by_common[common];
    share.count += count;
    add_quality(share, dump.waits[index]);
    share.text = ++share.different == 1
                     ? waits_text(dump.waits[index], dump.time_ns)
                     : fmt::format("{} different {}{}", thousands(share.different), common,
                                   connection_quality(share.srtt_us, share.retransmits));
  }
  std::vector<Share> shares;
  shares.reserve(by_common.size());
  for (auto& [common, share] : by_common) shares.push_back(std::move(share));
  std::ranges::stable_sort(shares,
                           [](const Share& a, const Share& b) { return a.count > b.count; });
  return shares;
}

void write_waits(std::ostream& out, const Dump& dump, const DumpGroup& group) {
  const bool few = group.waits_for.size() <= kMaxWaits;
  const std::vector<Share> shares = few ? one_by_one(dump, group) : by_what_is_common(dump, group);
  const bool all_alike = shares.size() == 1 && shares.front().count == group.count();
  for (std::size_t i = 0; i < std::min(shares.size(), kMaxWaits); ++i) {
    fmt::print(out, "  {}{}{}\n", i == 0 ? "waits for " : "          ",
               all_alike ? "" : thousands(shares[i].count) + " for ", shares[i].text);
  }
  if (shares.size() > kMaxWaits) {
    fmt::print(out, "            and {} more\n", thousands(shares.size() - kMaxWaits));
  }
}

void write_creator(std::ostream& out, const Dump& dump, const Member& member,
                   const TextOptions& options, const Style& style) {
  const Frames lines = analyze::lines_at(dump, member.created_by);
  if (lines.empty()) return;
  fmt::print(out, "  created by\n");
  write_stack(out, lines, 4, options.full_paths, style);
}

void write_group(std::ostream& out, const Dump& dump, const DumpGroup& group,
                 const TextOptions& options, const Style& style) {
  const Member& any = group.any(dump);
  write_answer(out, dump, group, style);
  write_threads(out, dump, group);
  write_waits(out, dump, group);
  write_stack(out, analyze::frames_of(dump, any.stack), 4, options.full_paths, style);
  if (analyze::is_truncated(dump, any.stack)) {
    fmt::print(out, "    {}\n", style.dim("(its callers are not known)"));
  }
  write_creator(out, dump, any, options, style);
}

}  // namespace

std::string_view status_name(GoStatus status) {
  switch (status) {
    case GoStatus::kRunnable:
      return "runnable";
    case GoStatus::kRunning:
      return "running";
    case GoStatus::kSyscall:
      return "syscall";
    case GoStatus::kCopystack:
      return "copystack";
    case GoStatus::kPreempted:
      return "preempted";
    case GoStatus::kLeaked:
      return "leaked";
    case GoStatus::kIdle:
    case GoStatus::kDead:
    case GoStatus::kDeadExtra:
      return "dead";
    case GoStatus::kWaiting:
      break;
  }
  return "waiting";
}

void write_dump(std::ostream& out, const Dump& dump, const std::vector<DumpGroup>& groups,
                const TextOptions& options) {
  const Style style(options.color);
  write_head(out, dump, style);
  if (groups.empty()) fmt::print(out, "no goroutine is as asked for\n");
  for (const DumpGroup& group : groups) write_group(out, dump, group, options, style);
}

}  // namespace gosnoop::output
