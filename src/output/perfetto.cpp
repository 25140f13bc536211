// SPDX-License-Identifier: Apache-2.0
#include "output/perfetto.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "output/header_text.h"
#include "output/perfetto_tracks.h"
#include "output/stack_text.h"
#include "output/trace_json.h"
#include "output/units.h"
#include "symbol/system.h"

namespace gosnoop::output {
namespace {

using namespace perfetto_tracks;

constexpr Track kGoroutines = track_of(Kind::kFixed, 2);
constexpr Track kWaiting = track_of(Kind::kFixed, 3);

constexpr event::TimeNs kCounterStep = 1'000'000;  // a point a millisecond is enough to look at

}  // namespace

void PerfettoWriter::on(const event::Event& event) {
  if (packets_.is_full()) {
    packets_.forget_strings();
    wait_names_.clear();
  }
  if (waits_for_snapshot(event)) {
    waiting_.push_back(event);
  } else {
    dispatch(event);
  }
}

void PerfettoWriter::dispatch(const event::Event& event) {
  std::visit([this](const auto& of_kind) { handle(of_kind); }, event);
}

bool PerfettoWriter::waits_for_snapshot(const event::Event& event) const {
  if (had_snapshot_ || waiting_.size() >= kMostWaiting) return false;
  return std::holds_alternative<event::GoBlock>(event) ||
         std::holds_alternative<event::GoExit>(event) ||
         std::holds_alternative<event::Syscall>(event);
}

void PerfettoWriter::let_go() {
  had_snapshot_ = true;
  for (const event::Event& event : std::exchange(waiting_, {})) dispatch(event);
}

// Timestamps mean nothing to the reader before the clocks are told.
void PerfettoWriter::note_time(event::TimeNs time) {
  last_ = std::max(last_, time);
  if (clocks_written_) return;
  clocks_written_ = true;
  start_ = time;
  packets_.clocks(time, 0);
}

void PerfettoWriter::handle(const event::WindowStart& start) {
  if (!clocks_written_) packets_.clocks(start.time, start.wall_clock_ns);
  clocks_written_ = true;
  start_ = start.time;
  last_ = std::max(last_, start.time);
}

void PerfettoWriter::handle(const event::Target& target) {
  target_ = target;
  packets_.process_track(kProcess, target);
  packets_.counter_track(kGoroutines, kProcess, "goroutines");
  packets_.counter_track(kWaiting, kProcess, "goroutines waiting");
  packets_.track(track_of(event::Waker::kNetpoll), kProcess, "network poller");
  packets_.track(track_of(event::Waker::kTimer), kProcess, "timers");
  packets_.track(track_of(event::Waker::kRuntime), kProcess, "runtime");
}

void PerfettoWriter::instant(Track track, event::TimeNs time, std::string text) {
  packets_.event({.type = Type::kInstant, .track = track, .time = time, .text = std::move(text)});
}

void PerfettoWriter::count(event::TimeNs time) {
  if (!had_snapshot_ || time < counted_ + kCounterStep) return;
  counted_ = time;
  packets_.event({.type = Type::kCounter,
                  .track = kGoroutines,
                  .time = time,
                  .count = static_cast<std::int64_t>(count_)});
}

std::string PerfettoWriter::reason_text(std::uint8_t reason) const {
  if (reason < target_.wait_reasons.size()) return target_.wait_reasons[reason];
  return fmt::format("wait reason {}", reason);
}

std::string PerfettoWriter::stack_text(event::StackHash stack) const {
  std::ostringstream text;
  write_stack(text, symbols_.stack(stack), 0, false, Style(false));
  return text.str();
}

// "chan receive at main.worker main.go:31". A stack that has not come yet may still do so.
PerfettoWriter::WaitName PerfettoWriter::wait_name(std::uint8_t reason, event::StackHash stack) {
  if (auto it = wait_names_.find({reason, stack}); it != wait_names_.end()) return it->second;
  const Frames frames = symbols_.stack(stack);
  const Frame* frame = waiting_frame(frames);
  const std::string at = frame == nullptr ? "" : " at " + brief(*frame);
  const WaitName name{packets_.event_name(printable(reason_text(reason)) + at),
                      frames.empty() ? 0 : packets_.string_value(stack_text(stack))};
  if (!frames.empty() || stack == 0) wait_names_[{reason, stack}] = name;
  return name;
}

PerfettoWriter::Life& PerfettoWriter::begin_life(event::Goid goid, event::TimeNs time,
                                                 std::uint64_t start_pc) {
  Life& life = lives_[goid];
  life.begun = life.seen = time;
  life.start_pc = start_pc;
  life.system = symbol::is_system_function(symbols_.at(start_pc).back().function);
  if (!life.system) ++count_;
  return life;
}

void PerfettoWriter::show(event::Goid goid, Life& life) {
  if (life.shown) return;
  life.shown = true;
  const Track track = track_of(Kind::kGoroutine, goid);
  const std::string function = printable(symbols_.at(life.start_pc).back().function);
  packets_.track(track, kProcess, fmt::format("goroutine {} {}", goid, function));
  packets_.event({.type = Type::kSliceBegin,
                  .track = track,
                  .time = life.begun,
                  .name = packets_.event_name(function)});
}

// Of one that is not known, or no longer, only the number.
Track PerfettoWriter::goroutine_track(event::Goid goid) {
  const Track track = track_of(Kind::kGoroutine, goid);
  if (auto it = lives_.find(goid); it != lives_.end()) {
    show(goid, it->second);
  } else {
    packets_.track(track, kProcess, fmt::format("goroutine {}", goid));
  }
  return track;
}

void PerfettoWriter::end_life(event::Goid goid, const Life& life, event::TimeNs time) {
  if (!life.system) --count_;
  if (!life.shown) return;
  packets_.event(
      {.type = Type::kSliceEnd, .track = track_of(Kind::kGoroutine, goid), .time = time});
}

void PerfettoWriter::handle(const event::GoCreate& create) {
  note_time(create.time);
  if (auto it = lives_.find(create.goid); it != lives_.end()) {  // a snapshot was faster
    if (!it->second.shown) it->second.begun = create.time;
    return;
  }
  Life& life = begin_life(create.goid, create.time, create.start_pc);
  show(create.goid, life);
  count(create.time);
}

void PerfettoWriter::handle(const event::GoExit& exit) {
  note_time(exit.time);
  auto it = lives_.find(exit.goid);
  if (it == lives_.end()) return;
  end_life(exit.goid, it->second, exit.time);
  lives_.erase(it);
  count(exit.time);
}

void PerfettoWriter::handle(const event::GoBlock& block) {
  note_time(block.time);
  const Track track = goroutine_track(block.goid);
  auto life = lives_.find(block.goid);
  event::TimeNs begin = block.time - std::min(block.time, block.duration_ns);
  if (life != lives_.end()) {
    begin = std::min(std::max(begin, life->second.begun), block.time);
    life->second.woken = block.time;
  }
  const WaitName name = wait_name(block.reason, block.stack);
  Packet wait{.type = Type::kSliceBegin, .track = track, .time = begin, .name = name.name};
  wait.stack = name.stack;
  if (auto peer = sockets_.find(block.socket); block.socket != 0 && peer != sockets_.end()) {
    wait.arguments.emplace_back("peer", peer->second);
  }
  packets_.event(wait);
  packets_.event({.type = Type::kSliceEnd, .track = track, .time = block.time});
  wake(block, track);
}

Track PerfettoWriter::waker_track(const event::GoBlock& block) {
  if (block.waker == event::Waker::kGoroutine) return goroutine_track(block.waker_goid);
  return track_of(block.waker);
}

// An arrow goes from one event to a later one; of two at one moment, the one written first is
// first.
void PerfettoWriter::wake(const event::GoBlock& block, Track woken) {
  if (block.waker == event::Waker::kUnknown) return;
  ++flows_;
  Packet cause{.track = waker_track(block),
               .time = block.time,
               .name = packets_.event_name("wakes"),
               .flow = flows_};
  if (block.waker_stack != 0) cause.stack = wait_name(block.reason, block.waker_stack).stack;
  packets_.event(cause);
  packets_.event({.track = woken,
                  .time = block.time,
                  .name = packets_.event_name("woken"),
                  .flow_end = flows_});
}

void PerfettoWriter::handle(const event::SnapshotBegin& begin) {
  note_time(begin.time);
  snapshot_begin_ = begin.time;
}

void PerfettoWriter::handle(const event::GoState& state) {
  note_time(state.time);
  auto it = lives_.find(state.goid);
  if (it == lives_.end()) {
    const event::TimeNs begun = had_snapshot_ ? snapshot_begin_ : std::min(start_, state.time);
    begin_life(state.goid, begun, state.start_pc);
    it = lives_.find(state.goid);
  }
  Life& life = it->second;
  life.seen = std::max({life.seen, state.time, snapshot_begin_});
  life.parked = is_parked(state.status);
  life.since = state.since;
  life.stack = state.stack;
  life.reason = state.reason;
}

// Who is missing has ended unseen.
void PerfettoWriter::handle(const event::SnapshotEnd& end) {
  note_time(end.time);
  if (!had_snapshot_) let_go();
  std::int64_t waiting = 0;
  for (auto it = lives_.begin(); it != lives_.end();) {
    const bool gone = end.unreadable == 0 && it->second.seen < snapshot_begin_;
    if (gone) end_life(it->first, it->second, snapshot_begin_);
    if (!gone) waiting += it->second.parked && !it->second.system;
    it = gone ? lives_.erase(it) : std::next(it);
  }
  packets_.event({.type = Type::kCounter, .track = kWaiting, .time = end.time, .count = waiting});
  counted_ = 0;
  count(end.time);
}

Track PerfettoWriter::syscall_track(const event::Syscall& call) {
  const bool of_goroutine = call.origin == event::Origin::kGoroutine && call.goid != 0;
  const Track track =
      of_goroutine ? track_of(Kind::kCalls, call.goid) : track_of(Kind::kThread, call.tid);
  const Track parent = of_goroutine ? goroutine_track(call.goid) : kProcess;
  const std::string name = of_goroutine ? fmt::format("system calls of goroutine {}", call.goid)
                                        : fmt::format("system calls of thread {}", call.tid);
  packets_.track(track, parent, name);
  return track;
}

// One that has not returned has no end.
void PerfettoWriter::handle(const event::Syscall& call) {
  note_time(call.time);
  const Track track = syscall_track(call);
  Packet begin{.type = Type::kSliceBegin,
               .track = track,
               .time = call.time - std::min(call.time, call.duration_ns),
               .name = packets_.event_name(syscalls_[call.number])};
  begin.arguments.emplace_back("call", printable(call.text));
  if (!call.in_flight) begin.arguments.emplace_back("result", fmt::format("{}", call.result));
  packets_.event(begin);
  if (call.in_flight) return;
  packets_.event({.type = Type::kSliceEnd, .track = track, .time = call.time});
}

void PerfettoWriter::handle(const event::WindowEnd& end) {
  note_time(end.time);
  if (end.reason == event::EndReason::kComplete) return;
  instant(kProcess, end.time, end_text(end.reason));
}

void PerfettoWriter::handle(const event::Loss& loss) {
  std::uint64_t& known = dropped_[{loss.what, loss.cpu}];
  if (loss.dropped <= known) return;
  const std::uint64_t more = loss.dropped - known;
  known = loss.dropped;
  instant(kProcess, std::max(last_, start_),
          fmt::format("LOST {} {} events", thousands(more), loss_name(loss.what)));
}

void PerfettoWriter::finish() {
  let_go();  // of a recording without a snapshot
  std::vector<event::Goid> goids;
  goids.reserve(lives_.size());
  for (const auto& [goid, life] : lives_) goids.push_back(goid);
  std::ranges::sort(goids);
  for (const event::Goid goid : goids) {
    Life& life = lives_[goid];
    if (life.system || !life.parked || life.woken > life.seen) continue;
    show(goid, life);
    const WaitName name = wait_name(life.reason, life.stack);
    packets_.event({.type = Type::kSliceBegin,
                    .track = track_of(Kind::kGoroutine, goid),
                    .time = std::max(life.since, life.begun),
                    .name = name.name,
                    .stack = name.stack});
  }
  counted_ = 0;
  count(last_);
}

}  // namespace gosnoop::output
