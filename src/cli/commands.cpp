// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "cli/capture.h"
#include "cli/progress.h"
#include "cli/report_output.h"
#include "cli/sinks.h"
#include "cli/terminal.h"
#include "event/recording.h"
#include "output/header_text.h"
#include "output/trace.h"
#include "output/units.h"
#include "target/spawn.h"

namespace gosnoop::cli {
namespace {

Result<int> print_plan(const LiveTarget& target, const plan::ProbePlan& plan) {
  plan::print(std::cout, plan, target.binary);
  return EXIT_SUCCESS;
}

std::string until_when(const LiveOptions& options) {
  if (!options.duration_ns) return "Ctrl-C ends";
  return "for " + output::duration(*options.duration_ns);
}

// Passes records on and lets each line out at once, as strace does: `gosnoop trace | grep` is live.
class LineByLine final : public RecordSink {
 public:
  explicit LineByLine(RecordSink& next) : next_(next) {}

  Result<void> on_record(Bytes record) override {
    TRY(next_.on_record(record));
    return flush_output("the trace");
  }

 private:
  RecordSink& next_;
};

// What is said on stderr once the probes are in.
Result<void> announce(const LiveTarget& target, const plan::ProbePlan& plan,
                      const LiveOptions& options) {
  std::cerr << fmt::format("gosnoop: tracing pid {} ({}, {}) with {} probes{}{}, {}\n",
                           target.process.pid(), target.process.exe(), target.binary.go_version(),
                           plan.sites.size(), options.syscalls ? ", its system calls" : "",
                           options.tcp ? ", its connections" : "", until_when(options));
  return {};
}

Result<void> announce_snapshots(const LiveTarget& target, const LiveOptions& options) {
  std::cerr << fmt::format("gosnoop: tracing pid {} ({}, {}) from snapshots every {}, {}\n",
                           target.process.pid(), target.process.exe(), target.binary.go_version(),
                           output::duration(options.interval_ns), until_when(options));
  return {};
}

// A timeline shows goroutines come and go, whatever else it is asked for.
LiveOptions live_options(const ReportCommand& command) {
  LiveOptions live = command.live;
  const bool in_target = live.purpose != plan::Purpose::kNone;
  if (in_target && format_of(command.report) == Format::kPerfetto) {
    live.purpose = plan::Purpose::kAll;
  }
  return live;
}

Result<int> run_without_probes(const ReportCommand& command) {
  TRY_ASSIGN(auto target, open_target(command.live.pid));
  TRY_ASSIGN(auto stop, StopSignal::create());
  TRY_ASSIGN(auto output, ReportOutput::open(command.view, command.report));
  TRY(capture_snapshots(target, command.live, stop, output,
                        [&] { return announce_snapshots(target, command.live); }));
  TRY(output.finish());
  return EXIT_SUCCESS;
}

}  // namespace

Result<int> run(const ReportCommand& command) {
  if (!command.live.probes) return run_without_probes(command);
  const LiveOptions live = live_options(command);
  TRY_ASSIGN(auto target, open_target(live.pid));
  TRY_ASSIGN(auto plan, plan_probes(target, live.purpose));
  if (live.dry_run) return print_plan(target, plan);
  TRY_ASSIGN(auto stop, StopSignal::create());
  TRY_ASSIGN(auto output, ReportOutput::open(command.view, command.report));
  TRY(capture(target, plan, live, stop, output, [&] { return announce(target, plan, live); }));
  TRY(output.finish());
  return EXIT_SUCCESS;
}

Result<int> run(const RunCommand& command) {
  TRY_ASSIGN(auto stop, StopSignal::create());
  TRY_ASSIGN(auto output, ReportOutput::open(command.view, command.report));
  TRY_ASSIGN(auto child, target::Child::spawn(command.argv));
  TRY_ASSIGN(auto target, open_target(child.pid()));
  TRY_ASSIGN(auto plan, plan_probes(target, command.live.purpose));
  TRY(capture(target, plan, command.live, stop, output, [&]() -> Result<void> {
    TRY(announce(target, plan, command.live));
    return child.release();
  }));
  TRY(output.finish());
  if (!target.process.alive()) return child.wait();
  std::cerr << fmt::format("gosnoop: pid {} runs on\n", child.pid());
  return EXIT_SUCCESS;
}

Result<int> run(const TraceCommand& command) {
  TRY_ASSIGN(auto target, open_target(command.live.pid));
  TRY_ASSIGN(auto plan, plan_probes(target, command.live.purpose));
  if (command.live.dry_run) return print_plan(target, plan);
  TRY_ASSIGN(auto stop, StopSignal::create());
  output::TraceWriter writer(std::cout, {.json = command.json, .color = colored()});
  Decoded decoded(writer);
  LineByLine sink(decoded);
  TRY(capture(target, plan, command.live, stop, sink,
              [&] { return announce(target, plan, command.live); }));
  return EXIT_SUCCESS;
}

Result<int> run(const RecordCommand& command) {
  TRY_ASSIGN(auto target, open_target(command.live.pid));
  TRY_ASSIGN(auto plan, plan_probes(target, command.live.purpose));
  if (command.live.dry_run) return print_plan(target, plan);
  TRY_ASSIGN(auto stop, StopSignal::create(signal_of(command.flight)));
  TRY_ASSIGN(auto writer, event::RecordingWriter::create(command.file));
  auto end = event::EndReason::kComplete;
  auto record_into = [&](RecordSink& sink) -> Result<void> {
    TRY_ASSIGN(end, capture(target, plan, command.live, stop, sink,
                            [&] { return announce(target, plan, command.live); }));
    return {};
  };
  TRY(command.flight ? fly(*command.flight, stop, writer, record_into) : record_into(writer));
  TRY(writer.flush());
  if (auto why = output::end_text(end); !why.empty()) std::cerr << "gosnoop: " << why << '\n';
  std::cerr << fmt::format("gosnoop: wrote {} bytes to {}; read it with: gosnoop report {}\n",
                           writer.bytes_written(), command.file, command.file);
  return EXIT_SUCCESS;
}

namespace {

Result<event::RecordingInfo> replay_into(RecordSink& sink, const std::string& file) {
  std::error_code none;
  auto size = std::filesystem::file_size(file, none);
  Progress progress("reading " + file, none ? 0 : size, sink);
  return event::replay(file, progress);
}

}  // namespace

Result<int> run(const ReplayCommand& command) {
  TRY_ASSIGN(auto output, ReportOutput::open(command.view, command.report));
  TRY_ASSIGN(auto info, replay_into(output, command.file));
  if (info.cut_off) std::cerr << "gosnoop: the recording ends midway; this is what it holds\n";
  if (info.unknown_kinds > 0) {
    std::cerr << fmt::format("gosnoop: skipped {} records of a later gosnoop\n",
                             info.unknown_kinds);
  }
  TRY(output.finish());
  return EXIT_SUCCESS;
}

Result<int> run(const ShowText& command) {
  std::cout << command.text;
  return EXIT_SUCCESS;
}

}  // namespace gosnoop::cli
