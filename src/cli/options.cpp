// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <bit>
#include <memory>

#include "cli/help.h"
#include "cli/quantity_option.h"
#include "cli/subcommands.h"

namespace gosnoop::cli {
namespace {

std::optional<std::uint32_t> parse_ring_size(const std::string& text) {
  auto size = parse_size(text);
  constexpr std::uint64_t kMost = 1u << 30;
  if (!size || *size < 4096 || *size > kMost || !std::has_single_bit(*size)) return std::nullopt;
  return static_cast<std::uint32_t>(*size);
}

void add_tracing(CLI::App* app, LiveOptions& live) {
  add_quantity(app, "-d,--duration", live.duration_ns, parse_duration, "10s",
               "how long to trace; without it until Ctrl-C, which yields the report");
  add_quantity(app, "--min-block", live.min_block_ns, parse_duration, "1ms",
               "stream blocks at least this long one by one, with stack and waker; 0: all. Totals "
               "count every block regardless");
  add_quantity(app, "--ring-size", live.ring_bytes, parse_ring_size, "16M",
               "ring buffer between kernel and gosnoop, a power of two");
}

void add_attach(CLI::App* app, LiveOptions& live) {
  app->add_option("-p,--pid", live.pid, "the process to trace")
      ->required()
      ->check(CLI::PositiveNumber)
      ->type_name("PID");
  app->add_flag("--dry-run", live.dry_run, "print where the probes would sit and why; attach none");
  add_tracing(app, live);
}

void add_report(CLI::App* app, ReportOptions& report) {
  app->add_flag("--json", report.json, "machine-readable, schema gosnoop.report/1");
  app->add_flag("--all", report.all, "list healthy groups and every hotspot too");
  app->add_flag("--full-paths", report.full_paths, "files as the binary names them");
  app->add_option("--top", report.top, "hotspots shown")->capture_default_str()->type_name("N");
}

void add_view(CLI::App* app, View& view) {
  auto* leaks = app->add_flag_callback(
      "--leaks", [&view] { view = View::kLeaks; }, "leaks only");
  auto* block = app->add_flag_callback(
      "--block", [&view] { view = View::kBlock; }, "blocking only");
  leaks->excludes(block);
}

// Everything the parser writes into, in one place that outlives it.
struct Parsed {
  ReportCommand leaks{View::kLeaks, {}, {}};
  ReportCommand block{View::kBlock, {}, {}};
  RunCommand run;
  TraceCommand trace;
  RecordCommand record;
  ReplayCommand replay;
  DumpCommand dump;
  PsCommand ps;
  DoctorCommand doctor;
};

void add_commands(CLI::App& app, Parsed& to) {
  auto* leaks = app.add_subcommand("leaks", "which lines create goroutines that never end");
  add_attach(leaks, to.leaks.live);
  add_report(leaks, to.leaks.report);

  auto* block = app.add_subcommand("block", "where goroutines wait, for what, how long, who wakes");
  add_attach(block, to.block.live);
  add_report(block, to.block.report);

  auto* trace = app.add_subcommand("trace", "a line an event as it happens");
  add_attach(trace, to.trace.live);
  trace->add_flag("--json", to.trace.json, "a JSON object a line, schema gosnoop.trace/1");

  auto* record = app.add_subcommand("record", "write events to a file, to report elsewhere");
  add_attach(record, to.record.live);
  record->add_option("-o,--output", to.record.file, "the file to write")
      ->required()
      ->type_name("FILE");

  auto* report = app.add_subcommand("report", "report a recording; needs no root and no target");
  report->add_option("FILE", to.replay.file, "what `gosnoop record` wrote")->required();
  add_view(report, to.replay.view);
  add_report(report, to.replay.report);

  auto* run = app.add_subcommand("run", "start a program and trace it from its first goroutine");
  add_view(run, to.run.view);
  add_tracing(run, to.run.live);
  add_report(run, to.run.report);
  run->add_option("COMMAND", to.run.argv, "after --: the program and its arguments")->required();
  run->positionals_at_end();

  add_dump(app, to.dump);
  add_ps(app, to.ps);
  add_doctor(app, to.doctor);
}

// Each command asks for no more probes than it needs: `leaks` tells from snapshots where goroutines
// are parked, and `block` does not ask who created them.
void choose_probes(Parsed& parsed) {
  parsed.leaks.live.purpose = plan::Purpose::kLives;
  parsed.block.live.purpose = plan::Purpose::kBlocks;
}

Command chosen(const CLI::App& app, Parsed& parsed) {
  const auto& name = app.get_subcommands().front()->get_name();
  if (name == "leaks") return parsed.leaks;
  if (name == "block") return parsed.block;
  if (name == "trace") return parsed.trace;
  if (name == "record") return parsed.record;
  if (name == "report") return parsed.replay;
  if (name == "dump") return parsed.dump;
  if (name == "ps") return parsed.ps;
  if (name == "doctor") return parsed.doctor;
  return parsed.run;
}

}  // namespace

Result<Command> parse_command_line(int argc, const char* const* argv) {
  CLI::App app(std::string(kPurpose), "gosnoop");
  Parsed parsed;
  choose_probes(parsed);
  app.set_version_flag("--version", std::string("gosnoop ") + GOSNOOP_VERSION);
  app.require_subcommand(1);
  app.footer(std::string(kTroubleshooting));
  app.description(std::string(kPurpose) + "\n\n" + std::string(kRecipes));
  add_commands(app, parsed);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return ShowText{app.help()};
  } catch (const CLI::CallForVersion&) {
    return ShowText{app.version() + "\n"};
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kUsage, error.what(), "see gosnoop --help");
  }
  return chosen(app, parsed);
}

}  // namespace gosnoop::cli
