// SPDX-License-Identifier: Apache-2.0
// When a flight recorder is to write what it has.
#pragma once

#include <cstdint>
#include <optional>
#include <regex>
#include <string>
#include <unordered_map>

#include "event/event.h"
#include "symbol/symbols.h"

namespace gosnoop::analyze {

struct TriggerConditions {
  std::optional<std::uint64_t> goroutines;  // that many are there, as runtime.NumGoroutine counts
  std::optional<std::uint64_t> wait_ns;     // a goroutine waited that long
  std::optional<std::regex> wait_at;        // … for a reason, or in a function, that this matches
};

// Which condition held. A wait's `goroutine` is 0 where it was their number.
struct Finding {
  std::uint64_t goroutines = 0;
  event::Goid goroutine = 0;
  std::uint64_t wait_ns = 0;
  bool waits_on = false;
  std::string wait_reason;
  symbol::Frames stack;
};

// Events in, and once: a finding. It looks with each snapshot. Waits that began before the window
// do not count, nor do those of the runtime, nor of the standard library for something to do
// (waits_for_work).
class Trigger {
 public:
  explicit Trigger(TriggerConditions conditions) : conditions_(std::move(conditions)) {}

  void on(const event::Event& event);
  const std::optional<Finding>& found() const { return found_; }

 private:
  struct Wait {
    event::Goid goid = 0;
    std::uint64_t duration_ns = 0;
    std::uint8_t reason = 0;
    bool ended = false;
  };

  void handle(const event::Target& e) { target_ = e; }
  void handle(const event::WindowStart& e) { start_ = e.time; }
  void handle(const event::Stack& e) { symbols_.on(e); }
  void handle(const event::Symbol& e) { symbols_.on(e); }
  void handle(const event::SnapshotBegin&) { goroutines_ = 0; }
  void handle(const event::GoBlock& e);
  void handle(const event::GoState& e);
  void handle(const event::SnapshotEnd& e);
  template <typename E>
  void handle(const E&) {}

  void note(event::StackHash stack, const Wait& wait);
  void look_at(event::StackHash stack, const Wait& wait);

  TriggerConditions conditions_;
  symbol::Symbols symbols_;
  event::Target target_;
  event::TimeNs start_ = 0;
  std::uint64_t goroutines_ = 0;
  // Long waits since the last snapshot, the longest of each stack: their names may come later.
  std::unordered_map<event::StackHash, Wait> waits_;
  std::optional<Finding> found_;
};

}  // namespace gosnoop::analyze
