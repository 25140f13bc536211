// SPDX-License-Identifier: Apache-2.0
#include "output/dump_traceback.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <unordered_map>

#include "analyze/dump_frames.h"
#include "analyze/dump_groups.h"
#include "output/dump_text.h"
#include "output/stack_text.h"
#include "output/traceback_rules.h"
#include "output/units.h"
#include "symbol/go_names.h"

namespace gosnoop::output {
namespace {

using event::GoStatus;
using snapshot::Dump;
using snapshot::Location;
using snapshot::Member;
using snapshot::Stack;

constexpr std::uint64_t kNsPerMinute = 60'000'000'000;
// traceback.go: tracebackInnerFrames and tracebackOuterFrames since Go 1.21, _TracebackMaxFrames
// before.
constexpr std::size_t kInnerFrames = 50, kOuterFrames = 50, kMaxFrames = 100;
constexpr const char* kDeeper = "...additional frames elided...\n";
constexpr const char* kNoStack = "\tgoroutine running on other thread; stack unavailable\n";

// runtime2.go, isIdleInSynctest: those reasons that have no name of their own for a bubble.
constexpr std::array<std::string_view, 8> kDurable{"chan receive (nil chan)",
                                                   "chan send (nil chan)",
                                                   "select (no cases)",
                                                   "sleep",
                                                   "sync.Cond.Wait",
                                                   "coroutine",
                                                   "synctest.Run",
                                                   "synctest.Wait"};

bool is_durable(const Dump& dump, const Member& member) {
  return member.bubble && member.status == GoStatus::kWaiting &&
         std::ranges::find(kDurable, dump.wait_reason(member)) != kDurable.end();
}

// goroutineheader. A status of its own has, since Go 1.26, what a collection found to be leaked.
std::string state_of(const Dump& dump, const Member& member) {
  const bool waits = member.status == GoStatus::kWaiting || member.status == GoStatus::kLeaked;
  if (!waits || dump.wait_reason(member).empty()) return std::string(status_name(member.status));
  if (is_durable(dump, member)) return dump.wait_reason(member) + " (durable)";
  return dump.wait_reason(member) + (member.status == GoStatus::kLeaked ? " (leaked)" : "");
}

std::string name_of(std::string_view function) {
  return function == "runtime.gopanic" ? "panic" : printable(symbol::name_for_print(function));
}

class Writer {
 public:
  Writer(const Dump& dump, bool full_paths)
      : dump_(dump), full_paths_(full_paths), minor_(go_minor(dump.target.go_version)) {}

  std::string text(const Member& member) {
    return header(member) + stack(member.stack) + created_by(member);
  }

 private:
  std::string header(const Member& member) const {
    const bool blocked = member.status == GoStatus::kWaiting || member.status == GoStatus::kSyscall;
    const std::uint64_t minutes = blocked ? analyze::wait_ns(dump_, member) / kNsPerMinute : 0;
    return fmt::format("goroutine {} [{}{}{}]:\n", member.goid, printable(state_of(dump_, member)),
                       minutes == 0 ? "" : fmt::format(", {} minutes", minutes),
                       member.locked ? ", locked to thread" : "");
  }

  const std::string& stack(std::uint32_t index) {
    auto [found, added] = stacks_.try_emplace(index);
    if (added) found->second = index < dump_.stacks.size() ? lines(dump_.stacks[index]) : kNoStack;
    return found->second;
  }

  // traceback1: where all frames are the runtime's, they are shown after all.
  std::string lines(const Stack& stack) const {
    std::string text = lines(stack, false);
    if (text.empty()) text = lines(stack, true);
    if (stack.truncated && !text.ends_with(kDeeper)) text += kDeeper;
    return text;
  }

  std::string lines(const Stack& stack, bool with_runtime) const {
    if (minor_ >= 21) return elided(frames(stack.locations, with_runtime));
    const std::size_t physical = std::min(stack.locations.size(), kMaxFrames);
    const auto shown = frames(std::span(stack.locations).first(physical), with_runtime);
    return joined(shown) + (shown.size() == kMaxFrames ? kDeeper : "");
  }

  static std::string joined(std::span<const std::string> frames) {
    std::string text;
    for (const std::string& frame : frames) text += frame;
    return text;
  }

  static std::string elided(std::span<const std::string> frames) {
    if (frames.size() <= kInnerFrames + kOuterFrames) return joined(frames);
    return joined(frames.first(kInnerFrames)) +
           fmt::format("...{} frames elided...\n", frames.size() - kInnerFrames - kOuterFrames) +
           joined(frames.last(kOuterFrames));
  }

  std::vector<std::string> frames(std::span<const std::uint32_t> locations,
                                  bool with_runtime) const {
    std::vector<std::string> result;
    for (std::uint32_t index : locations) {
      if (index >= dump_.locations.size()) continue;
      const Location& at = dump_.locations[index];
      for (const Frame& line : at.lines) {
        if (!with_runtime && !shows_function(line.function, result.empty(), minor_)) continue;
        // Of a frame with others inlined into it, the outermost line is its own.
        const std::uint64_t offset = &line == &at.lines.back() ? at.offset : 0;
        result.push_back(fmt::format("{}(...)\n{}", name_of(line.function), place(line, offset)));
      }
    }
    return result;
  }

  std::string place(const Frame& line, std::uint64_t offset) const {
    // "?:0" is what Go says of what it knows no file of (symtab.go, funcline1).
    const std::string file = location(line, full_paths_);
    return fmt::format("\t{}{}\n", file.empty() ? "?:0" : file,
                       offset == 0 ? "" : fmt::format(" +{:#x}", offset));
  }

  // printcreatedby: the function that was compiled, with the line of what was inlined there.
  std::string created_by(const Member& member) const {
    constexpr std::uint64_t kMainGoroutine = 1;
    const Frames lines = analyze::lines_at(dump_, member.created_by);
    if (lines.empty() || member.goid == kMainGoroutine) return "";
    if (!shows_function(lines.back().function, false, minor_)) return "";
    const std::string parent =
        member.parent_goid == 0 ? "" : fmt::format(" in goroutine {}", member.parent_goid);
    return fmt::format("created by {}{}\n{}", name_of(lines.back().function), parent,
                       place(lines.front(), dump_.locations[member.created_by].offset));
  }

  const Dump& dump_;
  bool full_paths_;
  int minor_;
  std::unordered_map<std::uint32_t, std::string> stacks_;  // by index, as many share one
};

}  // namespace

void write_tracebacks(std::ostream& out, const Dump& dump,
                      const std::vector<std::uint32_t>& members, bool full_paths) {
  Writer writer(dump, full_paths);
  bool first = true;
  for (std::uint32_t index : members) {
    if (index >= dump.members.size()) continue;
    if (!first) out << '\n';
    first = false;
    out << writer.text(dump.members[index]);
  }
}

}  // namespace gosnoop::output
