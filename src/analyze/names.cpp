// SPDX-License-Identifier: Apache-2.0
#include "analyze/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

namespace gosnoop::analyze {
namespace {

using namespace std::string_view_literals;

constexpr std::array kParking = {"runtime.gopark"sv, "runtime.goparkunlock"sv, "runtime.mcall"sv};
// go1.27 merges identical closures under the package "_".
constexpr std::array kWaking = {"runtime.ready"sv,
                                "runtime.goready.func1"sv,
                                "_.goready.func1"sv,
                                "runtime.systemstack"sv,
                                "runtime.goready"sv,
                                "runtime.readyWithTime"sv,
                                "runtime.systemstack_switch"sv};

// Without the innermost frames named in `inner`, and without the goexit that every goroutine ends
// in.
Frames trimmed(Frames frames, std::span<const std::string_view> inner) {
  auto is_inner = [&](const symbol::Frame& frame) {
    return std::find(inner.begin(), inner.end(), frame.function) != inner.end();
  };
  frames.erase(frames.begin(), std::find_if_not(frames.begin(), frames.end(), is_inner));
  if (!frames.empty() && frames.back().function == "runtime.goexit") frames.pop_back();
  return frames;
}

}  // namespace

std::string Names::wait_reason(const Place& place) const {
  if (place.syscall) return "syscall";
  if (place.reason < target_.wait_reasons.size() && !target_.wait_reasons[place.reason].empty()) {
    return target_.wait_reasons[place.reason];
  }
  return fmt::format("wait reason {}", place.reason);
}

Frames Names::parked(event::StackHash stack) const {
  return trimmed(symbols_.stack(stack), kParking);
}

Frames Names::lines_of(std::span<const std::uint64_t> pcs) const {
  Frames frames;
  for (std::uint64_t pc : pcs) {
    Frames lines = symbols_.at(pc);
    frames.insert(frames.end(), lines.begin(), lines.end());
  }
  return trimmed(std::move(frames), kParking);
}

Frames Names::totals(event::StackHash stack) const {
  const event::Stack* pcs = symbols_.find_stack(stack);
  return pcs == nullptr ? Frames{} : lines_of(pcs->frames);
}

// The kernel leaves out g.sched.pc, where there is more, and keeps so many of the rest
// (bpf/totals.bpf.h).
Frames Names::parked_innermost(event::StackHash stack) const {
  const event::Stack* pcs = symbols_.find_stack(stack);
  if (pcs == nullptr) return {};
  std::span<const std::uint64_t> frames = pcs->frames;
  if (frames.size() > 1) frames = frames.subspan(1);
  return lines_of(frames.first(std::min(frames.size(), event::kTotalsFrames)));
}

Frames Names::waker(event::StackHash stack) const {
  return trimmed(symbols_.stack(stack), kWaking);
}

Frames Names::created_by(event::StackHash stack, std::uint64_t go_pc) const {
  Frames frames = trimmed(symbols_.stack(stack), {});
  return frames.empty() && go_pc != 0 ? symbols_.at(go_pc) : frames;
}

// The outermost of the functions that are inlined at an entry is the one that is entered.
std::string Names::start_function(std::uint64_t start_pc) const {
  return symbols_.at(start_pc).back().function;
}

bool is_runtime_only(const Frames& frames) {
  auto is_runtime = [](const symbol::Frame& f) { return f.function.starts_with("runtime."); };
  return !frames.empty() && std::all_of(frames.begin(), frames.end(), is_runtime);
}

std::string key_of(const Frames& frames) {
  std::string key;
  for (const auto& f : frames) key += fmt::format("{}\n{}:{}\n", f.function, f.file, f.line);
  return key;
}

}  // namespace gosnoop::analyze
