// SPDX-License-Identifier: Apache-2.0
#include "cli/top_process.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <sstream>
#include <utility>

#include "analyze/names.h"
#include "base/output_file.h"
#include "base/time.h"
#include "cli/capture.h"
#include "cli/halt.h"
#include "output/tcp_text.h"
#include "output/text.h"

namespace gosnoop::cli {
namespace {

using event::EndReason;
using output::TopAction;

constexpr std::size_t kMembers = 200;  // shown of a group

analyze::Options all_groups() {
  analyze::Options options;
  options.all_groups = options.empty_groups = true;
  return options;
}

std::string report_file(pid_t pid) {
  const auto now = std::time(nullptr);
  return fmt::format("gosnoop-{}-{:%Y%m%d-%H%M%S}.txt", pid, fmt::localtime(now));
}

std::string report_text(const analyze::Report& report) {
  std::ostringstream text;
  output::write_both(text, report, {});
  if (report.tcp.watched) {
    text << '\n';
    output::write_tcp_answers(text, report, {});
    output::write_tcp_evidence(text, report, {});
  }
  return text.str();
}

}  // namespace

ProcessView::ProcessView(const LiveOptions& options, LiveTarget target, bool can_return)
    : options_(options),
      target_(std::move(target)),
      can_return_(can_return),
      pipeline_(all_groups()),
      pace_(std::chrono::nanoseconds(options.interval_ns)) {
  data_.syscalls = options.syscalls;
  state_.message = halt_note(target_.process);
}

Result<std::unique_ptr<ProcessView>> ProcessView::begin(const LiveOptions& options,
                                                        bool can_return) {
  TRY_ASSIGN(auto target, can_return ? open_quietly(options.pid) : open_target(options.pid));
  std::unique_ptr<ProcessView> view(new ProcessView(options, std::move(target), can_return));
  TRY(view->attach());
  TRY(view->capture_->start());
  return view;
}

Result<void> ProcessView::attach() {
  if (!options_.probes) {
    TRY_ASSIGN(capture_, open_snapshot_capture(target_, options_, sink_));
    return {};
  }
  TRY_ASSIGN(auto plan, plan_probes(target_, options_.purpose));
  TRY_ASSIGN(capture_, open_capture(target_, plan, options_, sink_));
  return {};
}

Result<TopAction> ProcessView::run(StopSignal& stop, TopOutput& output) {
  TRY_ASSIGN(auto action, watch(stop, output));
  TRY(capture_->finish(end_));
  take_report();
  return action;
}

Result<TopAction> ProcessView::watch(StopSignal& stop, TopOutput& output) {
  for (;;) {
    const bool due = pace_.is_due() && !state_.paused;
    if (due) TRY(look());
    // In plain text the first block waits for the first rates.
    const bool fresh = due && (has_earlier_ || !output.is_plain());
    has_earlier_ = has_earlier_ || due;
    if (due || output.is_touched()) page_ = make_page();
    TRY(output.show(page_, state_, fresh));
    const auto action = output.take_key(stop, state_, page_);
    if (action == TopAction::kWrite) write_report();
    if (action == TopAction::kQuit || action == TopAction::kReturn) return action;
    TRY_ASSIGN(end_, capture_->look());
    if (end_ != EndReason::kComplete || time_is_up()) return TopAction::kQuit;
  }
}

Result<void> ProcessView::look() {
  pace_.begin();
  TRY(capture_->update());
  const auto before = std::exchange(data_.report, {});
  take_report();
  data_.recent =
      has_earlier_ ? analyze::recent(before, data_.report) : analyze::no_earlier(data_.report);
  data_.cost = pace_.cost();
  data_.wall_clock_ns = clock_ns(CLOCK_REALTIME);
  pace_.end();
  return {};
}

// Waits of the runtime's own goroutines say nothing about the program.
void ProcessView::take_report() {
  data_.report = pipeline_.report();
  std::erase_if(data_.report.blocking,
                [](const auto& hotspot) { return analyze::is_runtime_only(hotspot.stack); });
}

bool ProcessView::time_is_up() const {
  return options_.duration_ns &&
         FramePace::Clock::now() - began_ >= std::chrono::nanoseconds(*options_.duration_ns);
}

output::TopPage ProcessView::make_page() const {
  auto page = output::top_page(data_, state_);
  page.can_return = can_return_;
  if (!state_.opened) return page;
  analyze::MemberList members;
  if (const auto* group = output::selected_group(data_, state_)) {
    members = pipeline_.members_of(group->group, kMembers);
  } else if (const auto* wait = output::selected_wait(data_, state_)) {
    members = pipeline_.waiting_at(*wait, kMembers);
  }
  page.opened = output::opened_text(data_, state_, members);
  return page;
}

void ProcessView::write_report() {
  const auto file = report_file(target_.process.pid());
  const auto done = write_file(file, report_text(data_.report));
  state_.message = done ? "wrote " + std::filesystem::absolute(file).string()
                        : fmt::format("{}; {}", done.error().message, done.error().hint);
}

}  // namespace gosnoop::cli
