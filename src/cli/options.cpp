// SPDX-License-Identifier: Apache-2.0
#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <bit>
#include <memory>

#include "cli/command_docs.h"
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

void add_pid(CLI::App* app, LiveOptions& live) {
  add_quantity(app, "-p,--pid", live.pid, parse_pid, "PID", "the process to trace", "a process id")
      ->required();
}

void add_duration(CLI::App* app, LiveOptions& live) {
  add_quantity(app, "-d,--duration", live.duration_ns, parse_duration, "10s",
               "how long to trace; without it until Ctrl-C, which yields the report");
}

constexpr const char* kEndAbove = "end the tracing, with the report so far,";

void add_ring(CLI::App* app, LiveOptions& live) {
  add_quantity(app, "--ring-size", live.ring_bytes, parse_ring_size, "16M",
               "ring buffer between kernel and gosnoop, a power of two",
               "a power of two from 4K to 1G");
}

void add_min_block(CLI::App* app, LiveOptions& live) {
  add_quantity(app, "--min-block", live.min_block_ns, parse_duration, "1ms",
               "stream blocks at least this long one by one, with stack and waker; 0: all. Totals "
               "count every block regardless");
}

void add_min_syscall(CLI::App* app, LiveOptions& live) {
  add_quantity(app, "--min-syscall", live.min_syscall_ns, parse_duration, "10ms",
               "stream system calls at least this long one by one, with arguments; 0: all. Totals "
               "count every call regardless");
}

// Not for free: the tracepoints are hit by every process of the host.
void add_syscalls(CLI::App* app, LiveOptions& live) {
  app->add_flag("--syscalls", live.syscalls,
                "system calls too; costs every process of this machine a little");
  add_min_syscall(app, live);
}

void add_dry_run(CLI::App* app, LiveOptions& live) {
  app->add_flag("--dry-run", live.dry_run, "print where the probes would sit and why; attach none");
}

void add_tcp_flag(CLI::App* app, LiveOptions& live) {
  app->add_flag("--tcp", live.tcp, "TCP connections too, each with the goroutine that opened it");
}

void add_attach(CLI::App* app, LiveOptions& live) {
  add_pid(app, live);
  add_duration(app, live);
  add_dry_run(app, live);
  add_max_cost(app, live, kEndAbove);
  add_syscalls(app, live);
  add_ring(app, live);
  add_tcp_flag(app, live);
}

CLI::Option* add_no_probes_flag(CLI::App* app, LiveOptions& live) {
  return app->add_flag_callback(
      "--no-probes", [&live] { live.probes = false; },
      "compare snapshots of the goroutine table alone: costs the target nothing and needs no BPF, "
      "but misses goroutines that come and go in between");
}

void add_no_probes(CLI::App* app, LiveOptions& live) {
  auto* without = add_no_probes_flag(app, live);
  add_quantity(app, "--interval", live.interval_ns, parse_interval, "1s",
               "with --no-probes: time from one snapshot to the next", "10ms or more")
      ->needs(without);
  for (const char* option : {"--dry-run", "--max-cost", "--ring-size", "--syscalls"})
    without->excludes(option);
}

void add_format(CLI::App* app, ReportOptions& report) {
  auto* json = app->add_flag_callback(
      "--json", [&report] { report.asked = Format::kJson; }, "the same as --format json");
  add_quantity(app, "--format", report.asked, parse_format, "FORMAT",
               "text, json (schema gosnoop.report/1), pprof, folded, flamegraph, perfetto or html; "
               "by default what FILE's name says, or text",
               "text, json, pprof, folded, flamegraph, perfetto or html")
      ->excludes(json);
  add_quantity(app, "-o,--output", report.file, parse_report_name, "FILE",
               "the file to write; it is whole or not there. -: standard output", kFileName);
}

void add_report(CLI::App* app, ReportOptions& report, const std::string& all) {
  add_format(app, report);
  app->add_flag("--all", report.all, all);
  app->add_flag("--full-paths", report.full_paths, "files as the binary names them");
}

void add_most(CLI::App* app, ReportOptions& report) {
  add_quantity(app, "--top", report.top, parse_count, "N", "hotspots shown (10)", "a number");
}

// Of commands that report both leaks and blocking.
void add_whole_report(CLI::App* app, ReportOptions& report) {
  add_report(app, report, "list healthy groups and every hotspot too");
  add_most(app, report);
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
  ReportCommand syscalls{View::kSyscalls, {}, {}};
  ReportCommand tcp{View::kTcp, {}, {}};
  RunCommand run;
  TraceCommand trace;
  RecordCommand record;
  ReplayCommand replay;
  DumpCommand dump;
  TopCommand top;
  PsCommand ps;
  DoctorCommand doctor;
  ServeCommand serve;
  std::string shell;  // whose completion is wanted
};

void add_leaks(CLI::App& app, ReportCommand& to) {
  auto* leaks = app.add_subcommand("leaks", "which lines create goroutines that never end");
  add_attach(leaks, to.live);
  add_no_probes(leaks, to.live);
  add_report(leaks, to.report, "list healthy groups too");
}

void add_block(CLI::App& app, ReportCommand& to) {
  auto* block = app.add_subcommand("block", "where goroutines wait, for what, how long, who wakes");
  add_attach(block, to.live);
  add_min_block(block, to.live);
  add_report(block, to.report, "list every hotspot, those of the runtime too");
  add_most(block, to.report);
}

void add_calls(CLI::App& app, ReportCommand& to) {
  auto* syscalls =
      app.add_subcommand("syscalls", "which system calls take how long, by whom and from where");
  add_pid(syscalls, to.live);
  add_duration(syscalls, to.live);
  add_max_cost(syscalls, to.live, kEndAbove);
  add_min_syscall(syscalls, to.live);
  add_ring(syscalls, to.live);
  add_report(syscalls, to.report, "list every call and caller, those of the runtime too");
}

void add_tcp(CLI::App& app, ReportCommand& to) {
  auto* tcp = app.add_subcommand(
      "tcp", "which connections are slow, fail or leak, and which goroutine opened them");
  add_pid(tcp, to.live);
  add_duration(tcp, to.live);
  add_ring(tcp, to.live);
  add_report(tcp, to.report, "list every connection");
  add_most(tcp, to.report);
}

constexpr const char* kTopRecipes =
    "  A process, live:                 sudo gosnoop top -p PID\n"
    "  The same at no cost to it:       sudo gosnoop top -p PID --no-probes\n"
    "  All Go processes, a line each:   sudo gosnoop top --all\n"
    "  With connections and calls:      sudo gosnoop top -p PID --tcp --syscalls\n"
    "  Into a log, every 10 s:          sudo gosnoop top -p PID --interval 10s --plain >>top.log\n"
    "Keys: Tab next table, Enter open a row, s sort, / filter, p pause, w write a report, ? help.";

void add_top(CLI::App& app, TopCommand& to) {
  to.live.interval_ns = 2'000'000'000;
  auto* top = app.add_subcommand(
      "top", "live: who is created, who waits where, what grows, in a terminal or line by line");
  auto* pid = add_quantity(top, "-p,--pid", to.live.pid, parse_pid, "PID", "the process to watch",
                           "a process id");
  top->add_flag("--all", to.all, "all Go processes, from snapshots; Enter opens one")
      ->excludes(pid);
  add_quantity(top, "--interval", to.live.interval_ns, parse_interval, "2s",
               "time from one look to the next; rates and waits are of that time", "10ms or more");
  top->add_flag("--plain", to.plain,
                "a block of text each interval; so too where output is no terminal");
  add_duration(top, to.live);
  auto* without = add_no_probes_flag(top, to.live);
  add_min_block(top, to.live);
  add_ring(top, to.live);
  add_max_cost(top, to.live, kEndAbove);
  add_syscalls(top, to.live);
  add_tcp_flag(top, to.live);
  for (const char* option : {"--max-cost", "--ring-size", "--syscalls", "--tcp"})
    without->excludes(option);
  top->footer(kTopRecipes);
}

void add_trace(CLI::App& app, TraceCommand& to) {
  auto* trace = app.add_subcommand("trace", "a line an event as it happens");
  add_attach(trace, to.live);
  add_min_block(trace, to.live);
  trace->add_flag("--json", to.json, "a JSON object a line, schema gosnoop.trace/1");
}

void add_record(CLI::App& app, RecordCommand& to) {
  auto* record = app.add_subcommand("record", "write events to a file, to report elsewhere");
  add_attach(record, to.live);
  add_min_block(record, to.live);
  add_quantity(record, "-o,--output", to.file, parse_file_name, "FILE", "the file to write",
               kFileName)
      ->required();
  add_flight(record, to.flight);
}

// What not every recording has.
void add_recorded_view(CLI::App* app, View& view) {
  auto* calls = app->add_flag_callback(
      "--syscalls", [&view] { view = View::kSyscalls; },
      "system calls only; of a recording made with --syscalls");
  auto* tcp = app->add_flag_callback(
      "--tcp", [&view] { view = View::kTcp; }, "connections only; of a recording made with --tcp");
  calls->excludes("--leaks", "--block", tcp);
  tcp->excludes("--leaks", "--block");
}

void add_replay(CLI::App& app, ReplayCommand& to) {
  auto* report = app.add_subcommand("report", "report a recording; needs no root and no target");
  report->add_option("FILE", to.file, "what `gosnoop record` wrote")->required();
  add_view(report, to.view);
  add_recorded_view(report, to.view);
  add_whole_report(report, to.report);
}

void add_run(CLI::App& app, RunCommand& to) {
  auto* run = app.add_subcommand("run", "start a program and trace it from its first goroutine");
  add_view(run, to.view);
  add_duration(run, to.live);
  add_min_block(run, to.live);
  add_syscalls(run, to.live);
  add_ring(run, to.live);
  add_max_cost(run, to.live, kEndAbove);
  add_tcp_flag(run, to.live);
  add_whole_report(run, to.report);
  run->add_option("COMMAND", to.argv, "after --: the program and its arguments")->required();
  run->positionals_at_end();
}

void add_commands(CLI::App& app, Parsed& to) {
  add_leaks(app, to.leaks);
  add_block(app, to.block);
  add_calls(app, to.syscalls);
  add_tcp(app, to.tcp);
  add_trace(app, to.trace);
  add_record(app, to.record);
  add_replay(app, to.replay);
  add_run(app, to.run);
  add_dump(app, to.dump);
  add_top(app, to.top);
  add_ps(app, to.ps);
  add_doctor(app, to.doctor);
  add_serve(app, to.serve);
  add_docs(app, to.shell);
}

// Each command asks for no more probes than it needs: `leaks` tells from snapshots where goroutines
// are parked, `block` does not ask who created them, and `syscalls` needs none in the target.
void choose_probes(Parsed& parsed) {
  parsed.leaks.live.purpose = plan::Purpose::kLives;
  parsed.block.live.purpose = plan::Purpose::kBlocks;
  parsed.syscalls.live.purpose = plan::Purpose::kNone;
  parsed.syscalls.live.syscalls = true;
  parsed.tcp.live.purpose = plan::Purpose::kNone;
  parsed.tcp.live.tcp = true;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// `first`: word of the command line.
tl::unexpected<Error> usage_error(const CLI::App& app, const CLI::ParseError& error,
                                  const std::string& first) {
  auto commands = app.get_subcommands();
  if (commands.empty()) {
    bool is_option = first.starts_with("-");
    return fail(ErrorCode::kUsage,
                std::string("there is no ") + (is_option ? "option " : "command ") + first,
                "see gosnoop --help");
  }
  std::string command = "gosnoop " + commands.front()->get_name();
  bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  std::string message =
      extra ? command + " does not take " + join(app.remaining(true)) : error.what();
  return fail(ErrorCode::kUsage, message, "see " + command + " --help");
}

std::string completion(const CLI::App& app, const std::string& shell) {
  const auto program = describe(app);
  if (shell == "zsh") return zsh_completion(program);
  return shell == "fish" ? fish_completion(program) : bash_completion(program);
}

Command chosen(const CLI::App& app, Parsed& parsed) {
  const auto& name = app.get_subcommands().front()->get_name();
  if (name == "leaks") return parsed.leaks;
  if (name == "block") return parsed.block;
  if (name == "syscalls") return parsed.syscalls;
  if (name == "tcp") return parsed.tcp;
  if (name == "trace") return parsed.trace;
  if (name == "record") return parsed.record;
  if (name == "report") return parsed.replay;
  if (name == "dump") return parsed.dump;
  if (name == "top") return parsed.top;
  if (name == "ps") return parsed.ps;
  if (name == "doctor") return parsed.doctor;
  if (name == "serve") return parsed.serve;
  if (name == "man") return ShowText{man_page(describe(app))};
  if (name == "completion") return ShowText{completion(app, parsed.shell)};
  return parsed.run;
}

}  // namespace

void add_max_cost(CLI::App* app, LiveOptions& live, const std::string& what) {
  add_quantity(app, "--max-cost", live.max_cost, parse_share, "20%",
               what + " where the probes take more of the target than this much of a core (100%)");
}

void add_probe_options(CLI::App* app, LiveOptions& live) {
  add_min_block(app, live);
  add_syscalls(app, live);
  add_ring(app, live);
  add_tcp_flag(app, live);
}

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
    if (argc <= 1) return ShowText{app.help()};
    return usage_error(app, error, argv[1]);
  }
  return chosen(app, parsed);
}

}  // namespace gosnoop::cli
