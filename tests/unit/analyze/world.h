// SPDX-License-Identifier: Apache-2.0
// A scripted Go program: goroutines that are created, park, wake and exit while time passes, and
// the records a tracer would send of it, encoded and decoded on the way to the pipeline.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "analyze/pipeline.h"
#include "event/wire.h"

namespace gosnoop::analyze {

using event::Goid;
using Path = std::vector<std::string>;  // functions, innermost first

constexpr event::TimeNs kStart = 1'000'000'000'000;

// A go statement: how it is reached, and the function it starts.
struct Line {
  Path path;
  std::string starts;
};

class World {
 public:
  explicit World(Options options = {}) : pipeline_(options) {
    event::Target target;
    target.wait_reasons = {"",
                           "chan receive",
                           "chan send",
                           "select",
                           "IO wait",
                           "sleep",
                           "sync.Mutex.Lock",
                           "coroutine",
                           "sync.WaitGroup.Wait",
                           "force gc (idle)"};
    reasons_ = target.wait_reasons;
    send(target);
  }

  // Nobody watches: all that is sent are snapshots.
  void remove_probes() {
    event::Target target;
    target.wait_reasons = reasons_;
    target.probes = false;
    target.lives = false;
    send(target);
    loses_creates = loses_exits = true;
  }

  // What a tracer of this program lost or did not do.
  bool takes_snapshots = true;
  bool loses_creates = false;
  bool loses_exits = false;
  std::uint64_t unreadable = 0;

  double now() const { return static_cast<double>(time_ - kStart) / 1e9; }
  std::size_t live() const { return live_.size(); }

  // Goroutines made before this are older than the window.
  void start() {
    started_ = true;
    send(event::WindowStart{time_, 42});
    snapshot();
  }

  Goid go(const Line& line) {
    Goid goid = ++last_goid_;
    event::GoCreate create{.time = time_,
                           .goid = goid,
                           .parent = 1,
                           .start_pc = pc(line.starts),
                           .go_pc = pc(line.path.front() + "+go"),
                           .stack = stack(line.path, "+go")};
    live_[goid] = {.time = 0,
                   .goid = goid,
                   .parent = 1,
                   .start_pc = create.start_pc,
                   .go_pc = create.go_pc,
                   .status = event::GoStatus::kRunnable,
                   .system = line.starts.starts_with("runtime.")};
    if (started_ && !loses_creates) send(create);
    return goid;
  }

  void exit(Goid goid) {
    live_.erase(goid);
    if (started_ && !loses_exits) send(event::GoExit{time_, goid});
  }

  void park(Goid goid, const std::string& reason, const Path& at) {
    auto& g = live_.at(goid);
    g.status = event::GoStatus::kWaiting;
    g.reason = reason_index(reason);
    g.stack = stack(parked_path(at), "");
    g.since = started_ ? time_ : 0;
  }

  void set_status(Goid goid, event::GoStatus status, const Path& at) {
    auto& g = live_.at(goid);
    g.status = status;
    g.stack = stack(at, "");
    g.since = 0;
  }

  // Wakes a parked goroutine, which parks again at the same place at once.
  void stir(Goid goid, event::Waker waker, bool streamed = true) {
    auto& g = live_.at(goid);
    if (started_ && streamed) {
      send(event::GoBlock{.time = time_,
                          .goid = goid,
                          .duration_ns = time_ - g.since,
                          .stack = g.stack,
                          .waker = waker,
                          .waker_goid = 1,
                          .waker_stack = stack({"runtime.goready", "main.waker"}, ""),
                          .reason = g.reason});
    }
    g.since = started_ ? time_ : 0;
  }

  // Lets time pass in steps of 10 ms with a snapshot every second, and calls `step` at each.
  void run(double seconds, const std::function<void()>& step = {}) {
    for (int i = 0, steps = static_cast<int>(seconds * 100 + 0.5); i < steps; ++i) {
      time_ += 10'000'000;
      ++ticks_;
      if (step) step();
      if (started_ && ticks_ % 100 == 0) snapshot();
    }
  }

  // True `times` a second, evenly, when asked once in each step of run().
  bool each(double times) const {
    double per_tick = times / 100;
    auto count = [&](std::uint64_t ticks) {
      return static_cast<std::uint64_t>(static_cast<double>(ticks) * per_tick + 1e-9);
    };
    return count(ticks_) != count(ticks_ - 1);
  }
  std::uint64_t ticks() const { return ticks_; }

  void snapshot() {
    if (!takes_snapshots) return;
    send(event::SnapshotBegin{time_});
    send_states();
    send(event::SnapshotEnd{time_, live_.size(), unreadable});
  }
  void send_states() {
    for (auto& [goid, g] : live_) {
      g.time = time_;
      send(g);
    }
  }

  Report finish() {
    snapshot();
    send(event::WindowEnd{time_, event::EndReason::kComplete});
    return report();
  }
  Report report() const { return pipeline_.report(); }
  const Pipeline& pipeline() const { return pipeline_; }

  void send(const event::Event& event) {
    auto decoded = event::decode(event::encode(event));
    ASSERT_TRUE(decoded);
    pipeline_.on(*decoded);
  }

  event::GoState& state(Goid goid) { return live_.at(goid); }
  event::TimeNs time() const { return time_; }

  std::uint8_t reason_index(const std::string& reason) const {
    for (std::size_t i = 0; i < reasons_.size(); ++i) {
      if (reasons_[i] == reason) return static_cast<std::uint8_t>(i);
    }
    ADD_FAILURE() << "no wait reason " << reason;
    return 0;
  }

  std::uint64_t pc(const std::string& function) {
    auto [it, is_new] = pcs_.try_emplace(function, 0x400000 + 0x100 * (pcs_.size() + 1));
    if (is_new) {
      std::string name = function.substr(0, function.find('+'));
      send(event::Symbol{it->second, {{name, name + ".go", 10}}});
    }
    return it->second;
  }

  event::StackHash stack(const Path& path, const std::string& inner_mark) {
    event::Stack stack;
    for (std::size_t i = 0; i < path.size(); ++i) {
      stack.frames.push_back(pc(path[i] + (i == 0 ? inner_mark : "")));
    }
    auto [it, is_new] = stacks_.try_emplace(stack.frames, stacks_.size() + 1);
    stack.hash = it->second;
    if (is_new) send(stack);
    return stack.hash;
  }

  static Path parked_path(const Path& at) {
    Path path = {"runtime.gopark"};
    path.insert(path.end(), at.begin(), at.end());
    path.push_back("runtime.goexit");
    return path;
  }

 private:
  Pipeline pipeline_;
  std::vector<std::string> reasons_;
  event::TimeNs time_ = kStart;
  std::uint64_t ticks_ = 0;
  bool started_ = false;
  Goid last_goid_ = 0;
  std::map<Goid, event::GoState> live_;
  std::map<std::string, std::uint64_t> pcs_;
  std::map<std::vector<std::uint64_t>, event::StackHash> stacks_;
};

inline std::string functions(const Frames& frames) {
  std::string text;
  for (const auto& f : frames) text += (text.empty() ? "" : " ") + f.function;
  return text;
}

}  // namespace gosnoop::analyze
