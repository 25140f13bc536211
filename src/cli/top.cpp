// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <iostream>

#include "cli/commands.h"
#include "cli/screen.h"
#include "cli/stop.h"
#include "cli/terminal.h"
#include "cli/top_fleet.h"
#include "cli/top_output.h"
#include "cli/top_process.h"
#include "output/header_text.h"

namespace gosnoop::cli {
namespace {

// Plain text where that is wanted, or nobody looks; and where the terminal is a poor one, which is
// said.
TopOutput open_output(const TopCommand& command) {
  if (command.plain || ::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    return TopOutput(nullptr);
  }
  auto screen = Screen::open();
  if (screen) return TopOutput(std::move(*screen));
  std::cerr << fmt::format("gosnoop: {}: plain text instead\n", screen.error().message);
  return TopOutput(nullptr);
}

// What stays on the terminal: the answers, and what limits them.
Result<void> write_summary(const analyze::Report& report) {
  for (const auto& line : output::top_summary(report)) std::cout << line << '\n';
  output::write_header(std::cout, report, {});
  return flush_output("the summary");
}

// The terminal is taken over last, so that what attaching says stays there.
Result<void> watch_one(const TopCommand& command, StopSignal& stop) {
  TRY_ASSIGN(auto view, ProcessView::begin(command.live, false));
  auto output = open_output(command);
  TRY(view->run(stop, output));
  output.close();
  return write_summary(view->report());
}

Result<void> watch_all(const TopCommand& command, StopSignal& stop) {
  TRY_ASSIGN(auto view, FleetView::begin(command.live));
  auto output = open_output(command);
  return view.run(stop, output);
}

}  // namespace

Result<int> run(const TopCommand& command) {
  if (!command.all && command.live.pid == 0) {
    return fail(ErrorCode::kUsage, "gosnoop top wants -p PID, or --all", "see gosnoop top --help");
  }
  // SIGQUIT too: the terminal is to be as it was.
  TRY_ASSIGN(auto stop, StopSignal::create(SIGQUIT));
  TRY(command.all ? watch_all(command, stop) : watch_one(command, stop));
  return EXIT_SUCCESS;
}

}  // namespace gosnoop::cli
