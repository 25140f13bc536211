// SPDX-License-Identifier: Apache-2.0
#include "snapshot/dump.h"

#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "analyze/dump_changes.h"
#include "analyze/dump_groups.h"
#include "base/output_file.h"
#include "cli/commands.h"
#include "cli/live_target.h"
#include "cli/quantity_option.h"
#include "cli/regex_option.h"
#include "cli/stop.h"
#include "cli/subcommands.h"
#include "cli/terminal.h"
#include "output/dump_changes_text.h"
#include "output/dump_json.h"
#include "output/dump_text.h"
#include "output/dump_traceback.h"
#include "output/pprof.h"
#include "snapshot/take_dump.h"

namespace gosnoop::cli {
namespace {

using snapshot::Dump;

Result<analyze::DumpFilter> make_filter(const DumpCommand& command) {
  analyze::DumpFilter filter;
  filter.wait_reason = command.wait_reason;
  filter.min_wait_ns = command.min_wait_ns;
  TRY_ASSIGN(filter.function, parse_regex(command.function, "--function"));
  TRY_ASSIGN(filter.created_by, parse_regex(command.created_by, "--created-by"));
  return filter;
}

bool is_filtered(const DumpCommand& command) {
  return command.min_wait_ns != 0 || !command.wait_reason.empty() || !command.function.empty() ||
         !command.created_by.empty();
}

output::TextOptions text_options(const DumpCommand& command) {
  output::TextOptions text;
  text.color = colored();
  text.full_paths = command.full_paths;
  return text;
}

Result<int> write_profile(const Dump& dump, const std::vector<analyze::DumpGroup>& groups,
                          const std::string& file) {
  TRY(write_file(file, output::goroutine_profile(dump, groups)));
  std::cerr << fmt::format("gosnoop: wrote {}; open it with: go tool pprof {}\n", file, file);
  return EXIT_SUCCESS;
}

Result<int> write(const Dump& dump, analyze::DumpFilter filter, const DumpCommand& command) {
  auto members = analyze::select_members(dump, filter);
  auto groups = analyze::group_members(dump, members);
  if (!command.pprof.empty()) return write_profile(dump, groups, command.pprof);
  if (command.json) {
    filter.system = !is_filtered(command);  // the one form that has those of the runtime too
    auto listed = analyze::select_members(dump, filter);
    output::write_dump_json(std::cout, dump, groups, command.all ? &listed : nullptr);
  } else if (command.all) {
    output::write_tracebacks(std::cout, dump, members, command.full_paths);
  } else {
    output::write_dump(std::cout, dump, groups, text_options(command));
  }
  TRY(flush_output("the dump"));
  return EXIT_SUCCESS;
}

Result<Dump> take(const LiveTarget& target) {
  return snapshot::take_dump(target.process, target.binary, describe(target, LiveOptions{}));
}

// Until Ctrl-C, or the target ends.
Result<int> watch(const LiveTarget& target, const analyze::DumpFilter& filter,
                  const DumpCommand& command) {
  TRY_ASSIGN(auto stop, StopSignal::create());
  analyze::DumpHistory history;
  const auto interval = std::chrono::milliseconds(*command.watch_ns / 1'000'000);
  do {
    auto dump = take(target);
    if (!dump && !target.process.same_program()) {
      std::cerr << fmt::format("gosnoop: pid {} has ended\n", target.process.pid());
      return EXIT_SUCCESS;
    }
    if (!dump) return fail(std::move(dump).error());
    auto groups = analyze::group_members(*dump, analyze::select_members(*dump, filter));
    bool first = history.empty();
    auto changes = history.next(*dump, groups);
    if (first) {
      output::write_dump(std::cout, *dump, groups, text_options(command));
    } else {
      output::write_dump_changes(std::cout, changes, text_options(command));
    }
    TRY(flush_output("the dump"));
  } while (!stop.wait(interval));
  return EXIT_SUCCESS;
}

}  // namespace

void add_dump(CLI::App& app, DumpCommand& to) {
  auto* dump = app.add_subcommand(
      "dump", "every goroutine now: where it is, what it waits for, who made it");
  add_quantity(dump, "-p,--pid", to.pid, parse_pid, "PID",
               "the process; it is neither stopped nor probed", "a process id")
      ->required();
  auto* all =
      dump->add_flag("--all", to.all, "one by one, as Go's own dump (debug=2), instead of grouped");
  auto* json = dump->add_flag("--json", to.json, "machine-readable, schema gosnoop.dump/1");
  auto* pprof = add_quantity(dump, "--pprof", to.pprof, parse_file_name, "FILE",
                             "write a goroutine profile for go tool pprof instead", kFileName)
                    ->excludes(json)
                    ->excludes(all);
  dump->add_option("--wait-reason", to.wait_reason, "only those that wait for this: 'chan receive'")
      ->type_name("REASON");
  dump->add_option("--function", to.function, "only those with such a function on their stack")
      ->type_name("REGEX");
  dump->add_option("--created-by", to.created_by, "only those that such a function created")
      ->type_name("REGEX");
  add_quantity(dump, "--min-wait", to.min_wait_ns, parse_duration, "5m",
               "only those known to wait at least this long");
  add_quantity(dump, "--watch", to.watch_ns, parse_interval, "5s",
               "again and again: groups that grew, goroutines that stayed", "10ms or more")
      ->excludes(all)
      ->excludes(json)
      ->excludes(pprof);
  dump->add_flag("--full-paths", to.full_paths, "files as the binary names them");
}

Result<int> run(const DumpCommand& command) {
  TRY_ASSIGN(auto filter, make_filter(command));
  TRY_ASSIGN(auto target, open_quietly(command.pid));
  if (command.watch_ns) return watch(target, filter, command);
  TRY_ASSIGN(auto dump, take(target));
  return write(dump, std::move(filter), command);
}

}  // namespace gosnoop::cli
