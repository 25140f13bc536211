// SPDX-License-Identifier: Apache-2.0
#include "analyze/trigger.h"

#include <algorithm>
#include <variant>

#include "analyze/idle.h"
#include "analyze/names.h"

namespace gosnoop::analyze {
namespace {

bool matches(const std::regex& wanted, const std::string& reason, const Frames& frames) {
  return std::regex_search(reason, wanted) ||
         std::any_of(frames.begin(), frames.end(), [&](const symbol::Frame& frame) {
           return std::regex_search(frame.function, wanted);
         });
}

}  // namespace

void Trigger::on(const event::Event& event) {
  std::visit([this](const auto& e) { handle(e); }, event);
}

void Trigger::handle(const event::GoBlock& e) {
  if (e.time - e.duration_ns < start_) return;
  note(e.stack, {e.goid, e.duration_ns, e.reason, true});
}

void Trigger::handle(const event::GoState& e) {
  if (e.system) return;
  ++goroutines_;
  bool in_window = e.since >= start_ && e.since != 0;
  if (e.status != event::GoStatus::kWaiting || !in_window || e.timed) return;
  note(e.stack, {e.goid, e.time - std::min(e.time, e.since), e.reason, false});
}

void Trigger::note(event::StackHash stack, const Wait& wait) {
  if (!conditions_.wait_ns || wait.duration_ns < *conditions_.wait_ns) return;
  Wait& longest = waits_[stack];
  if (wait.duration_ns > longest.duration_ns) longest = wait;
}

void Trigger::handle(const event::SnapshotEnd&) {
  if (!found_ && conditions_.goroutines && goroutines_ >= *conditions_.goroutines) {
    found_ = Finding{.goroutines = goroutines_, .wait_reason = {}, .stack = {}};
  }
  for (const auto& [stack, wait] : waits_) look_at(stack, wait);
  waits_.clear();
}

void Trigger::look_at(event::StackHash stack, const Wait& wait) {
  if (found_) return;
  Names names(symbols_, target_);
  std::string reason = names.wait_reason({stack, wait.reason});
  Frames frames = names.parked(stack);
  if (waits_for_work(frames) || is_runtime_only(frames)) return;
  if (conditions_.wait_at && !matches(*conditions_.wait_at, reason, frames)) return;
  found_ = Finding{.goroutines = goroutines_,
                   .goroutine = wait.goid,
                   .wait_ns = wait.duration_ns,
                   .waits_on = !wait.ended,
                   .wait_reason = std::move(reason),
                   .stack = std::move(frames)};
}

}  // namespace gosnoop::analyze
