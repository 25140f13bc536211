// SPDX-License-Identifier: Apache-2.0
#include "snapshot/dump.h"

#include <fmt/format.h>

#include <iostream>
#include <optional>
#include <regex>

#include "analyze/dump_groups.h"
#include "cli/commands.h"
#include "cli/live_target.h"
#include "cli/quantity_option.h"
#include "cli/subcommands.h"
#include "cli/terminal.h"
#include "output/dump_text.h"
#include "output/dump_traceback.h"
#include "snapshot/take_dump.h"

namespace gosnoop::cli {
namespace {

using snapshot::Dump;

Result<std::optional<std::regex>> parse_regex(const std::string& text, std::string_view option) {
  if (text.empty()) return std::nullopt;
  try {
    return std::regex(text, std::regex::ECMAScript | std::regex::optimize);
  } catch (const std::regex_error&) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} wants a regular expression, not '{}'", option, text),
                "escape brackets and stars: 'main\\.\\(\\*Pool\\)'");
  }
}

Result<analyze::DumpFilter> make_filter(const DumpCommand& command) {
  analyze::DumpFilter filter;
  filter.wait_reason = command.wait_reason;
  filter.min_wait_ns = command.min_wait_ns;
  TRY_ASSIGN(filter.function, parse_regex(command.function, "--function"));
  TRY_ASSIGN(filter.created_by, parse_regex(command.created_by, "--created-by"));
  return filter;
}

void write(const Dump& dump, const std::vector<std::uint32_t>& members,
           const DumpCommand& command) {
  if (command.all) {
    output::write_tracebacks(std::cout, dump, members, command.full_paths);
    return;
  }
  output::TextOptions text;
  text.color = colored();
  text.full_paths = command.full_paths;
  output::write_dump(std::cout, dump, analyze::group_members(dump, members), text);
}

}  // namespace

void add_dump(CLI::App& app, DumpCommand& to) {
  auto* dump = app.add_subcommand(
      "dump", "every goroutine now: where it is, what it waits for, who made it");
  add_quantity(dump, "-p,--pid", to.pid, parse_pid, "PID",
               "the process; it is neither stopped nor probed", "a process id")
      ->required();
  dump->add_flag("--all", to.all, "one by one, as Go's own dump (debug=2), instead of grouped");
  auto* json = dump->add_flag("--json", to.json, "machine-readable, schema gosnoop.dump/1");
  dump->add_option("--pprof", to.pprof, "write a goroutine profile for go tool pprof instead")
      ->type_name("FILE")
      ->excludes(json);
  dump->add_option("--wait-reason", to.wait_reason, "only those that wait for this: 'chan receive'")
      ->type_name("REASON");
  dump->add_option("--function", to.function, "only those with such a function on their stack")
      ->type_name("REGEX");
  dump->add_option("--created-by", to.created_by, "only those that such a function created")
      ->type_name("REGEX");
  add_quantity(dump, "--min-wait", to.min_wait_ns, parse_duration, "5m",
               "only those known to wait at least this long");
  add_quantity(dump, "--watch", to.watch_ns, parse_interval, "5s",
               "again and again: groups that grew, goroutines that stayed");
  dump->add_flag("--full-paths", to.full_paths, "files as the binary names them");
}

Result<int> run(const DumpCommand& command) {
  TRY_ASSIGN(auto filter, make_filter(command));
  TRY_ASSIGN(auto target, open_target(command.pid));
  TRY_ASSIGN(auto dump,
             snapshot::take_dump(target.process, target.binary, describe(target, LiveOptions{})));
  write(dump, analyze::select_members(dump, filter), command);
  TRY(flush_output("the dump"));
  return EXIT_SUCCESS;
}

}  // namespace gosnoop::cli
