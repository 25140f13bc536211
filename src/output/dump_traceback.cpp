// SPDX-License-Identifier: Apache-2.0
#include "output/dump_traceback.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "output/go_names.h"
#include "output/stack_text.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using event::GoStatus;
using snapshot::Dump;
using snapshot::Location;
using snapshot::Member;
using symbol::Frame;

// traceback.go, tracebackInnerFrames and tracebackOuterFrames.
constexpr std::size_t kInnerFrames = 50, kOuterFrames = 50;
constexpr std::uint64_t kMinute = 60'000'000'000;

struct Line {
  const Frame* frame = nullptr;
  std::uint64_t offset = 0;  // 0: inlined
};

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

// traceback.go, isExportedRuntime. Receivers since Go 1.23.
bool is_exported_runtime(std::string_view name) {
  name.remove_prefix(std::string_view("runtime.").size());
  auto dot = name.rfind('.');
  std::string_view receiver = dot == std::string_view::npos ? "" : name.substr(0, dot);
  if (receiver.starts_with("(*")) receiver.remove_prefix(2);
  if (dot != std::string_view::npos) name.remove_prefix(dot + 1);
  return !name.empty() && is_upper(name[0]) && (receiver.empty() || is_upper(receiver[0]));
}

// traceback.go, showfuncinfo. Finalizers and cleanups since Go 1.25, where they are named so.
bool is_shown(std::string_view name, bool innermost) {
  if (name == "runtime.runFinalizers" || name == "runtime.runCleanups") return true;
  if (name == "runtime.gopanic" && !innermost) return true;
  if (name.find('.') == std::string_view::npos) return false;
  return !name.starts_with("runtime.") || is_exported_runtime(name);
}

std::vector<Line> lines_of(const Dump& dump, const snapshot::Stack& stack, bool all) {
  std::vector<Line> lines;
  for (auto index : stack.locations) {
    const Location& location = dump.locations[index];
    for (const Frame& frame : location.lines) {
      if (!all && !is_shown(frame.function, lines.empty())) continue;
      lines.push_back({&frame, &frame == &location.lines.back() ? location.offset : 0});
    }
  }
  return lines;
}

// runtime2.go, isIdleInSynctest: those reasons that have no name of their own for a bubble.
constexpr std::array<std::string_view, 8> kDurable{"chan receive (nil chan)",
                                                   "chan send (nil chan)",
                                                   "select (no cases)",
                                                   "sleep",
                                                   "sync.Cond.Wait",
                                                   "coroutine",
                                                   "synctest.Run",
                                                   "synctest.Wait"};

std::string waiting_state(const Dump& dump, const Member& member) {
  const std::string& reason = dump.wait_reason(member);
  if (reason.empty()) return "waiting";
  bool durable = member.bubble && std::ranges::find(kDurable, reason) != kDurable.end();
  return durable ? reason + " (durable)" : reason;
}

std::string state_of(const Dump& dump, const Member& member) {
  switch (member.status) {
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
      return dump.wait_reason(member) + " (leaked)";
    default:
      return waiting_state(dump, member);
  }
}

// traceback.go, goroutineheader
void write_head(std::ostream& out, const Dump& dump, const Member& member) {
  fmt::print(out, "goroutine {} [{}", member.goid, printable(state_of(dump, member)));
  bool waits = member.status != GoStatus::kRunnable && member.status != GoStatus::kRunning;
  bool since = member.waiting_since_ns != 0 && member.waiting_since_ns < dump.time_ns;
  auto minutes = since ? (dump.time_ns - member.waiting_since_ns) / kMinute : 0;
  if (waits && minutes >= 1) fmt::print(out, ", {} minutes", minutes);
  fmt::print(out, "{}]:\n", member.locked ? ", locked to thread" : "");
}

std::string path_of(const Frame& frame, bool full_paths) {
  return printable(full_paths ? frame.file : short_path(frame));
}

void write_place(std::ostream& out, const Frame& frame, std::uint64_t offset, bool full_paths) {
  fmt::print(out, "\t{}:{}", path_of(frame, full_paths), frame.line);
  if (offset != 0) fmt::print(out, " +{:#x}", offset);
  fmt::print(out, "\n");
}

void write_line(std::ostream& out, const Line& line, bool full_paths) {
  const Frame& frame = *line.frame;
  bool is_panic = frame.function == "runtime.gopanic";
  fmt::print(out, "{}(...)\n", is_panic ? "panic" : printable(name_for_print(frame.function)));
  write_place(out, frame, line.offset, full_paths);
}

void write_lines(std::ostream& out, const std::vector<Line>& lines, bool full_paths) {
  bool elide = lines.size() > kInnerFrames + kOuterFrames;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (elide && i == kInnerFrames) {
      i = lines.size() - kOuterFrames;
      fmt::print(out, "...{} frames elided...\n", i - kInnerFrames);
    }
    write_line(out, lines[i], full_paths);
  }
}

void write_stack_of(std::ostream& out, const Dump& dump, const Member& member, bool full_paths) {
  if (member.stack >= dump.stacks.size()) {
    fmt::print(out, "\tgoroutine running on other thread; stack unavailable\n");
    return;
  }
  const auto& stack = dump.stacks[member.stack];
  auto lines = lines_of(dump, stack, false);
  if (lines.empty()) lines = lines_of(dump, stack, true);
  write_lines(out, lines, full_paths);
  if (stack.truncated) fmt::print(out, "...additional frames elided...\n");
}

// traceback.go, printcreatedby: the function that was compiled, the line of what was inlined in it.
void write_creator(std::ostream& out, const Dump& dump, const Member& member, bool full_paths) {
  if (member.created_by >= dump.locations.size() || member.goid == 1) return;
  const Location& location = dump.locations[member.created_by];
  if (location.lines.empty() || !is_shown(location.lines.back().function, false)) return;
  fmt::print(out, "created by {}", printable(name_for_print(location.lines.back().function)));
  if (member.parent_goid != 0) fmt::print(out, " in goroutine {}", member.parent_goid);
  fmt::print(out, "\n");
  write_place(out, location.lines.front(), location.offset, full_paths);
}

}  // namespace

void write_tracebacks(std::ostream& out, const Dump& dump,
                      const std::vector<std::uint32_t>& members, bool full_paths) {
  bool first = true;
  for (std::uint32_t index : members) {
    const Member& member = dump.members[index];
    if (!std::exchange(first, false)) fmt::print(out, "\n");
    write_head(out, dump, member);
    write_stack_of(out, dump, member, full_paths);
    write_creator(out, dump, member, full_paths);
  }
}

}  // namespace gosnoop::output
