// SPDX-License-Identifier: Apache-2.0
// The command line as values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "analyze/watermarks.h"
#include "base/result.h"
#include "cli/flight.h"
#include "cli/http_server.h"
#include "plan/plan.h"

namespace gosnoop::cli {

enum class View { kLeaks, kBlock, kBoth, kSyscalls, kTcp };

// What every command that attaches has in common.
struct LiveOptions {
  int pid = 0;
  std::optional<std::uint64_t> duration_ns;  // none: until Ctrl-C, or the target ends
  std::uint64_t min_block_ns = 1'000'000;
  std::uint32_t ring_bytes = 16u << 20;
  bool dry_run = false;
  bool syscalls = false;  // watch system calls too
  std::uint64_t min_syscall_ns = 10'000'000;
  bool tcp = false;                // follow TCP connections too
  std::optional<double> max_cost;  // cores that the probes may take of the target; none: one
  plan::Purpose purpose = plan::Purpose::kAll;
  bool probes = true;                         // false: snapshots alone, one each interval_ns
  std::uint64_t interval_ns = 1'000'000'000;  // without probes
};

// Of a report: docs/formats.md.
enum class Format { kText, kJson, kPprof, kFolded, kFlamegraph, kPerfetto, kHtml };

struct ReportOptions {
  std::optional<Format> asked;  // by --format or --json
  std::string file;             // -o; "": standard output, as without it
  bool all = false;
  bool full_paths = false;
  std::size_t top = 10;
};

// As asked, else as the name of the file says, else text.
Format format_of(const ReportOptions& options);

struct ReportCommand {  // leaks, block, syscalls, tcp
  View view = View::kLeaks;
  LiveOptions live;
  ReportOptions report;
};

struct RunCommand {
  std::vector<std::string> argv;
  View view = View::kBoth;
  LiveOptions live;
  ReportOptions report;
};

struct TraceCommand {
  LiveOptions live;
  bool json = false;
};

struct RecordCommand {
  LiveOptions live;
  std::string file;
  std::optional<FlightOptions> flight;  // none: everything is written as it comes
};

struct ReplayCommand {  // report FILE
  std::string file;
  View view = View::kBoth;
  ReportOptions report;
};

struct DumpCommand {
  int pid = 0;
  bool all = false;  // one by one, as Go's debug=2, instead of grouped
  bool json = false;
  bool full_paths = false;
  std::string pprof;        // file to write a profile to; "": none
  std::string wait_reason;  // only those that wait for this; "": all
  std::string function;     // regular expression that a frame's function matches; "": all
  std::string created_by;   // regular expression that the creating function matches; "": all
  std::uint64_t min_wait_ns = 0;
  std::optional<std::uint64_t> watch_ns;  // again and again at this interval, showing what changed
};

struct TopCommand {
  LiveOptions live;  // its interval_ns: from one look to the next, with probes too
  bool all = false;  // all Go processes, instead of live.pid
  bool plain = false;
};

struct PsCommand {
  bool json = false;
};

struct DoctorCommand {
  std::optional<int> pid;
  bool json = false;
};

struct DumpFileOptions {
  std::string folder = ".";
  std::string pattern = "gosnoop-%e-%p-%t.txt";
};

struct ServeCommand {
  LiveOptions live;   // pid 0: every Go process …
  std::string match;  // … that this matches
  ListenAddress listen{"127.0.0.1", 9435};
  std::uint64_t window_ns = 600'000'000'000;
  std::size_t top = 20;
  analyze::WatermarkLimits limits;
  DumpFileOptions dump;
  std::string hook;  // "": none
  std::uint64_t hook_limit_ns = 30'000'000'000;
};

struct ShowText {  // --help, --version
  std::string text;
};

using Command =
    std::variant<ReportCommand, RunCommand, TraceCommand, RecordCommand, ReplayCommand, DumpCommand,
                 TopCommand, PsCommand, DoctorCommand, ServeCommand, ShowText>;

// An Error (kUsage) for a command line that says nothing gosnoop can do.
Result<Command> parse_command_line(int argc, const char* const* argv);

// "8s", "500ms", "2m", "1h30m"; a bare number is seconds. Nothing where it is no duration.
std::optional<std::uint64_t> parse_duration(const std::string& text);

// A process id, above 0. Nothing where it is none.
std::optional<int> parse_pid(const std::string& text);

// A duration that something is done again at: at least 10 ms.
std::optional<std::uint64_t> parse_interval(const std::string& text);

// "20%", of a core: 0.2. Above 0.
std::optional<double> parse_share(const std::string& text);

// A number above 0, not necessarily whole.
std::optional<double> parse_rate(const std::string& text);

// The name of a file to write. Nothing where it is empty, as from a variable that is not set.
std::optional<std::string> parse_file_name(const std::string& text);

// The same of a report; "-", which is standard output, becomes "".
std::optional<std::string> parse_report_name(const std::string& text);

// "text", "json", …
std::optional<Format> parse_format(const std::string& text);

// A number from 0 on.
std::optional<std::size_t> parse_count(const std::string& text);

// "16M", "512K", "1G", or bytes. Nothing where it is no size.
std::optional<std::uint64_t> parse_size(const std::string& text);

}  // namespace gosnoop::cli
