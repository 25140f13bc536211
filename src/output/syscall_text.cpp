// SPDX-License-Identifier: Apache-2.0
#include "output/syscall_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <numeric>
#include <span>
#include <string>

#include "output/stack_text.h"
#include "output/style.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::Report;
using analyze::SyscallCaller;
using analyze::SyscallNow;
using analyze::SyscallUse;

constexpr std::size_t kMaxCallers = 3;  // shown of a call
constexpr const char* kRow = "{:>6} {:>9} {:>11} {:>9} {:>9} {:>9} {:>9} {:>10}  {:<18} {}\n";

std::string place(const Frames& stack) {
  const Frame* frame = calling_frame(stack);
  return frame == nullptr ? "(stack not known)" : brief(*frame);
}

std::string place(const SyscallUse& use) {
  return use.callers.empty() ? "" : place(use.callers.front().stack);
}

std::string who(const SyscallUse& use) {
  if (use.runtime) return "runtime";
  return thousands(use.goroutines) + (use.goroutines_complete ? "" : "+");
}

// "12 EAGAIN, 1 ENOENT"
std::string errors_text(const SyscallUse& use) {
  std::string text;
  for (const auto& [name, count] : use.errors) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", thousands(count), name);
  }
  return text;
}

std::uint64_t time_of_all(const Report& report) {
  return std::accumulate(report.syscalls.begin(), report.syscalls.end(), std::uint64_t{0},
                         [](auto sum, const SyscallUse& use) { return sum + use.total_ns; });
}

void write_row(std::ostream& out, const SyscallUse& use, std::uint64_t all_ns) {
  fmt::print(out, kRow, percent(use.total_ns, all_ns), duration(use.total_ns), thousands(use.count),
             use.failed == 0 ? "" : thousands(use.failed), duration(use.p50_ns),
             duration(use.p99_ns), duration(use.max_ns), who(use), printable(use.name), place(use));
}

void write_rows(std::ostream& out, const Report& report, const Style& style) {
  fmt::print(out, "\n{}",
             style.strong(fmt::format(kRow, "% time", "total", "calls", "errors", "p50", "p99",
                                      "max", "goroutines", "syscall", "mostly at")));
  const std::uint64_t all_ns = time_of_all(report);
  for (const SyscallUse& use : report.syscalls) {
    if (use.count != 0) write_row(out, use, all_ns);
  }
}

void write_callers(std::ostream& out, const SyscallUse& use, const TextOptions& options) {
  const std::size_t most = options.all ? use.callers.size() : kMaxCallers;
  for (std::size_t i = 0; i < std::min(most, use.callers.size()); ++i) {
    const SyscallCaller& caller = use.callers[i];
    fmt::print(out, "    {} in {}\n", duration(caller.total_ns), counted(caller.count, "call"));
    write_stack(out, caller.stack, 8, options.full_paths, Style(options.color));
  }
}

void write_details(std::ostream& out, const SyscallUse& use, const TextOptions& options) {
  const Style style(options.color);
  fmt::print(out, "\n{}{}\n", style.strong(printable(use.name)),
             use.errors.empty() ? "" : ", failed: " + errors_text(use));
  write_callers(out, use, options);
}

std::string who(const SyscallNow& call) {
  if (call.runtime) return "the runtime";
  if (call.goroutine == 0) return "a thread without a goroutine";
  return fmt::format("goroutine {}", call.goroutine);
}

void write_now(std::ostream& out, const Report& report, const TextOptions& options) {
  bool first = true;
  for (const SyscallNow& call : report.syscalls_now) {
    if (call.runtime && !options.all) continue;
    if (first) fmt::print(out, "\n{}\n", Style(options.color).strong("not returned yet"));
    first = false;
    const std::string age = (call.older ? "> " : "") + duration(call.age_ns);
    fmt::print(out, "{:>10}  {} in {} at {}\n", age, who(call), printable(call.call),
               place(call.stack));
  }
}

}  // namespace

std::string callers_text(const SyscallUse& use) {
  return use.goroutines_complete ? counted(use.goroutines, "goroutine") : who(use) + " goroutines";
}

void write_syscall_answer(std::ostream& out, const Report& report, const TextOptions& options) {
  if (report.syscalls.empty() || report.syscalls.front().runtime) {
    fmt::print(out, "no goroutine finished a system call in {}\n", seconds(report.window.seconds));
    return;
  }
  const SyscallUse& top = report.syscalls.front();
  fmt::print(out, "{} takes longest: {} in {} by {}, mostly at {}\n",
             Style(options.color).strong(printable(top.name)), duration(top.total_ns),
             counted(top.count, "call"), callers_text(top), place(top));
}

void write_syscall_table(std::ostream& out, const Report& report, const TextOptions& options) {
  if (!report.syscalls.empty()) write_rows(out, report, Style(options.color));
  write_now(out, report, options);
  std::size_t shown = 0;
  for (const SyscallUse& use : report.syscalls) {
    if (use.count == 0 || (use.runtime && !options.all)) continue;
    if (!options.all && shown++ == options.top) break;
    write_details(out, use, options);
  }
}

}  // namespace gosnoop::output
