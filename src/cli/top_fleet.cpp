// SPDX-License-Identifier: Apache-2.0
#include "cli/top_fleet.h"

#include <fmt/format.h>

#include <sstream>
#include <utility>

#include "base/time.h"
#include "cli/top_process.h"
#include "output/leak_text.h"
#include "target/process_stats.h"

namespace gosnoop::cli {
namespace {

using output::TopAction;

FleetOptions fleet_options(const LiveOptions& options) {
  FleetOptions fleet;
  fleet.live.probes = false;
  fleet.live.interval_ns = options.interval_ns;
  return fleet;
}

// A goroutine in a system call is not parked: it runs, to the scheduler.
std::uint64_t waiting(const analyze::Report& report) {
  std::uint64_t sum = 0;
  for (const auto& state : report.states) {
    if (state.status == event::GoStatus::kWaiting) sum += state.count;
  }
  return sum;
}

// What the first group that is not ok says.
std::string worst(const analyze::Report& report) {
  if (!output::accuses(report)) return "";
  std::ostringstream answers;
  output::write_leak_answers(answers, report, {});
  return answers.str().substr(0, answers.str().find('\n'));
}

void count_verdicts(output::TopProcess& process, const analyze::Report& report) {
  for (const auto& group : report.leaks) {
    process.leaking += group.verdict == analyze::Verdict::kLeaking;
    process.suspect += group.verdict == analyze::Verdict::kSuspect;
  }
}

}  // namespace

FleetView::FleetView(const LiveOptions& options, Fleet fleet)
    : options_(options),
      fleet_(std::move(fleet)),
      pace_(std::chrono::nanoseconds(options.interval_ns)) {}

Result<FleetView> FleetView::begin(const LiveOptions& options) {
  TRY_ASSIGN(auto fleet, Fleet::open(fleet_options(options)));
  return FleetView(options, std::move(fleet));
}

Result<void> FleetView::run(StopSignal& stop, TopOutput& output) {
  while (!time_is_up()) {
    if (FramePace::Clock::now() >= fleet_.next()) TRY(fleet_.work());
    const bool due = pace_.is_due() && !state_.paused;
    if (due) look();
    if (due || output.is_touched()) page_ = output::fleet_page(data_, state_);
    TRY(output.show(page_, state_, due));
    auto action = output.take_key(stop, state_, page_);
    const auto chosen = output::selected_process(state_);
    if (action == TopAction::kOpen && chosen) {
      TRY_ASSIGN(action, open(*chosen, stop, output));
    }
    if (action == TopAction::kQuit) return {};
  }
  return {};
}

void FleetView::look() {
  pace_.begin();
  data_.processes.clear();
  for (const auto& watched : fleet_.watched()) data_.processes.push_back(describe(*watched));
  std::erase_if(before_, [&](const auto& entry) {
    auto is_it = [&](const auto& watched) { return watched->pid() == entry.first; };
    return std::none_of(fleet_.watched().begin(), fleet_.watched().end(), is_it);
  });
  data_.refused = 0;
  for (const auto& [why, count] : fleet_.counts().refused) data_.refused += count;
  data_.hidden = fleet_.counts().hidden;
  data_.cost = pace_.cost();
  data_.wall_clock_ns = clock_ns(CLOCK_REALTIME);
  pace_.end();
}

output::TopProcess FleetView::describe(Watched& watched) {
  const auto report = watched.report();
  const auto& target = watched.target();
  output::TopProcess process;
  process.pid = watched.pid();
  const auto module = target.binary.module_path();
  process.program = module.empty() ? target.process.exe() : std::string(module);
  process.container = watched.container();
  process.goroutines = report.goroutines.now;
  process.waiting = waiting(report);
  count_verdicts(process, report);
  process.worst = worst(report);
  process.rss_bytes = target::read_stats(watched.pid()).rss_bytes;
  set_rates(process, watched.lives().created);
  return process;
}

void FleetView::set_rates(output::TopProcess& process, std::uint64_t created) {
  const auto now = FramePace::Clock::now();
  auto [it, is_new] = before_.try_emplace(process.pid);
  const auto before = std::exchange(it->second, Before{process.goroutines, created, now});
  const auto passed = std::chrono::duration<double>(now - before.when).count();
  if (is_new || passed <= 0) return;
  const auto more =
      static_cast<double>(process.goroutines) - static_cast<double>(before.goroutines);
  process.growth_per_second = more / passed;
  process.created_per_second =
      static_cast<double>(created - std::min(created, before.created)) / passed;
}

bool FleetView::time_is_up() const {
  return options_.duration_ns &&
         FramePace::Clock::now() - began_ >= std::chrono::nanoseconds(*options_.duration_ns);
}

// One that cannot be opened is said so, and the others go on.
Result<TopAction> FleetView::open(pid_t pid, StopSignal& stop, TopOutput& output) {
  state_.opened = false;
  auto options = options_;
  options.pid = pid;
  options.duration_ns.reset();
  auto view = ProcessView::begin(options, true);
  output.forget();
  if (!view) {
    state_.message = fmt::format("{}; {}", view.error().message, view.error().hint);
    return TopAction::kNone;
  }
  return (*view)->run(stop, output);
}

}  // namespace gosnoop::cli
