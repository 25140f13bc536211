// SPDX-License-Identifier: Apache-2.0
#include "analyze/trigger.h"

#include <gtest/gtest.h>

namespace gosnoop::analyze {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr event::TimeNs kStart = 100 * kSecond;
constexpr event::StackHash kWorker = 1, kAccept = 2, kRuntime = 3;

struct Program {
  explicit Program(TriggerConditions conditions) : trigger(std::move(conditions)) {
    event::Target target;
    target.wait_reasons = {"", "chan receive", "IO wait"};
    trigger.on(target);
    trigger.on(event::WindowStart{kStart, 0});
    name(kWorker, "main.worker");
    name(kAccept, "net.(*netFD).accept");
    name(kRuntime, "runtime.bgsweep");
  }

  void name(event::StackHash stack, const std::string& function) {
    trigger.on(event::Symbol{stack, {{function, "/src/main.go", 7}}});
    trigger.on(event::Stack{stack, false, {stack}});
  }

  // A goroutine waited, for so long, until that time.
  void waited(event::StackHash stack, std::uint64_t seconds, std::uint64_t until = 10) {
    event::GoBlock block;
    block.time = kStart + until * kSecond, block.goid = 4711, block.stack = stack, block.reason = 1;
    block.duration_ns = seconds * kSecond;
    trigger.on(block);
  }

  // It waits since that time.
  void waits(event::StackHash stack, std::uint64_t since, bool system = false) {
    event::GoState state;
    state.time = kStart + 10 * kSecond, state.goid = 4711, state.stack = stack, state.reason = 1;
    state.status = event::GoStatus::kWaiting, state.system = system;
    state.since = kStart + since * kSecond;
    states.push_back(state);
  }

  std::string look() {
    trigger.on(event::SnapshotBegin{});
    for (const auto& state : states) trigger.on(state);
    trigger.on(event::SnapshotEnd{});
    const auto& found = trigger.found();
    if (!found) return "";
    if (found->goroutine == 0) return std::to_string(found->goroutines);
    return std::to_string(found->goroutine) + (found->waits_on ? " waits " : " waited ") +
           std::to_string(found->wait_ns / kSecond) + " s, " + found->wait_reason + ", " +
           found->stack.front().function;
  }

  Trigger trigger;
  std::vector<event::GoState> states;
};

TriggerConditions wait_of(std::uint64_t seconds) {
  TriggerConditions conditions;
  conditions.wait_ns = seconds * kSecond;
  return conditions;
}

TEST(Trigger, FindsManyGoroutines) {
  TriggerConditions conditions;
  conditions.goroutines = 3;
  Program program(conditions);
  program.waits(kWorker, 1);
  program.waits(kWorker, 1);
  program.waits(kRuntime, 1, true);  // not counted
  EXPECT_EQ(program.look(), "");
  EXPECT_EQ(program.look(), "");  // a look begins anew
  program.waits(kWorker, 1);
  EXPECT_EQ(program.look(), "3");
}

TEST(Trigger, FindsAWaitThatEnded) {
  Program program(wait_of(2));
  program.waited(kWorker, 1);
  EXPECT_EQ(program.look(), "");
  program.waited(kWorker, 2);
  EXPECT_EQ(program.look(), "4711 waited 2 s, chan receive, main.worker");
}

TEST(Trigger, FindsAWaitThatGoesOn) {
  Program program(wait_of(5));
  program.waits(kWorker, 4);
  EXPECT_EQ(program.look(), "4711 waits 6 s, chan receive, main.worker");
}

TEST(Trigger, WaitsFromBeforeTheWindowDoNotCount) {
  Program program(wait_of(5));
  program.waited(kWorker, 11, 10);
  program.states.push_back({});
  program.waits(kWorker, 0);
  program.states.back().since = kStart - 1;
  EXPECT_EQ(program.look(), "");
}

TEST(Trigger, NorThoseForSomethingToDo) {
  Program program(wait_of(1));
  program.waited(kAccept, 5);
  program.waited(kRuntime, 5);
  EXPECT_EQ(program.look(), "");
}

TEST(Trigger, NorThoseElsewhere) {
  auto conditions = wait_of(1);
  conditions.wait_at = std::regex("main\\.other|sync");
  Program program(conditions);
  program.waited(kWorker, 5);
  EXPECT_EQ(program.look(), "");
  program.name(9, "main.other");
  program.waited(9, 5);
  EXPECT_NE(program.look(), "");
}

TEST(Trigger, AReasonCanBeWanted) {
  auto conditions = wait_of(1);
  conditions.wait_at = std::regex("^chan receive$");
  Program program(conditions);
  program.waited(kWorker, 5);
  EXPECT_NE(program.look(), "");
}

TEST(Trigger, NamesMayComeLate) {
  Program program(wait_of(1));
  program.waited(8, 5);
  program.name(8, "net.(*netFD).accept");
  EXPECT_EQ(program.look(), "");
}

}  // namespace
}  // namespace gosnoop::analyze
