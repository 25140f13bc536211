// SPDX-License-Identifier: Apache-2.0
#include "cli/report_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include "cli/terminal.h"
#include "event/wire.h"
#include "output/flamegraph.h"
#include "output/folded.h"
#include "output/html.h"
#include "output/json.h"
#include "output/report_pprof.h"
#include "output/text.h"

namespace gosnoop::cli {
namespace {

using analyze::Report;
using output::StackProfile;

bool is_binary(Format format) { return format == Format::kPprof || format == Format::kPerfetto; }
bool is_one_profile(Format format) { return format == Format::kPprof || format == Format::kFolded; }

Result<void> check_format(View view, const ReportOptions& options) {
  const Format format = format_of(options);
  if (is_one_profile(format) && view == View::kBoth) {
    return fail(ErrorCode::kUsage, "a profile is of goroutines or of waits, not of both",
                "say which: add --leaks or --block");
  }
  if (is_binary(format) && options.file.empty() && ::isatty(STDOUT_FILENO) != 0) {
    return fail(ErrorCode::kUsage, "this format is not for a terminal",
                "name a file: -o FILE, or send standard output to one");
  }
  return {};
}

// Every goroutine counts in a profile, not only those of groups that are accused.
analyze::Options analysis(const ReportOptions& options) {
  const Format format = format_of(options);
  const bool lists = format == Format::kText || format == Format::kJson;
  return {.all_groups = options.all || !lists, .system_waits = options.all};
}

void write_text(std::ostream& out, const Report& report, View view, const ReportOptions& options) {
  output::TextOptions text;
  text.color = options.file.empty() && colored();
  text.all = options.all;
  text.top = options.top;
  text.full_paths = options.full_paths;
  switch (view) {
    case View::kLeaks:
      return output::write_leaks(out, report, text);
    case View::kBlock:
      return output::write_block(out, report, text);
    case View::kBoth:
      return output::write_both(out, report, text);
    case View::kSyscalls:
      return output::write_syscalls(out, report, text);
    case View::kTcp:
      return output::write_tcp(out, report, text);
  }
}

// What a flame graph shows of the goroutines is who created them.
std::vector<StackProfile> profiles(const Report& report, View view) {
  switch (view) {
    case View::kLeaks:
      return {output::creations_profile(report)};
    case View::kBlock:
      return {output::waits_profile(report)};
    case View::kSyscalls:
      return {output::syscalls_profile(report)};
    case View::kTcp:
      return {output::connections_profile(report)};
    case View::kBoth:
      break;
  }
  return {output::waits_profile(report), output::creations_profile(report)};
}

// Users of `go tool pprof` expect goroutines by where they are.
StackProfile pprof_profile(const Report& report, View view) {
  return view == View::kLeaks ? output::goroutines_profile(report) : profiles(report, view).front();
}

std::string how_to_open(Format format, const std::string& file) {
  switch (format) {
    case Format::kPprof:
      return "; open it with: go tool pprof -http : " + file;
    case Format::kFlamegraph:
    case Format::kHtml:
      return "; open it in a browser";
    case Format::kPerfetto:
      return "; open it at https://ui.perfetto.dev";
    case Format::kFolded:
    case Format::kText:
    case Format::kJson:
      break;
  }
  return "";
}

// A recording has system calls and connections only where they were asked for.
Result<void> check_recorded(const Report& report, View view) {
  bool calls = std::any_of(report.losses.begin(), report.losses.end(),
                           [](const analyze::LossCount& loss) { return loss.kind == "syscall"; });
  const char* option = view == View::kSyscalls && !calls           ? "--syscalls"
                       : view == View::kTcp && !report.tcp.watched ? "--tcp"
                                                                   : nullptr;
  if (option == nullptr) return {};
  return fail(ErrorCode::kUsage, fmt::format("this was recorded without {}", option),
              fmt::format("record again with {0}, or leave {0} out here", option));
}

}  // namespace

Result<ReportOutput> ReportOutput::open(View view, const ReportOptions& options) {
  TRY(check_format(view, options));
  std::optional<OutputFile> file;
  if (!options.file.empty()) {
    TRY_ASSIGN(file, OutputFile::create(options.file));
  }
  return ReportOutput(view, options, std::move(file));
}

ReportOutput::ReportOutput(View view, ReportOptions options, std::optional<OutputFile> file)
    : view_(view),
      options_(std::move(options)),
      format_(format_of(options_)),
      file_(std::move(file)),
      pipeline_(analysis(options_)) {
  if (format_ == Format::kPerfetto) {
    timeline_ = std::make_unique<output::PerfettoWriter>(stream());
  }
}

std::ostream& ReportOutput::stream() { return file_ ? file_->stream() : std::cout; }

Result<void> ReportOutput::check() { return file_ ? file_->check() : flush_output("the report"); }

Result<void> ReportOutput::on_record(Bytes record) {
  TRY_ASSIGN(auto event, event::decode(record));
  if (!timeline_) {
    pipeline_.on(event);
    return {};
  }
  timeline_->on(event);
  if (!stream()) return check();
  return {};
}

Result<void> ReportOutput::write() {
  if (timeline_) {
    timeline_->finish();
    return {};
  }
  const Report report = pipeline_.report();
  TRY(check_recorded(report, view_));
  write(report);
  return {};
}

void ReportOutput::write(const Report& report) {
  switch (format_) {
    case Format::kJson:
      return output::write_report_json(stream(), report);
    case Format::kPprof:
      return output::write_pprof(stream(), report, pprof_profile(report, view_));
    case Format::kFolded:
      return output::write_folded(stream(), profiles(report, view_).front());
    case Format::kFlamegraph:
      return output::write_flamegraph(stream(), report, profiles(report, view_));
    case Format::kHtml:
      return output::write_html(stream(), report, options_.top);
    case Format::kText:
    case Format::kPerfetto:
      break;
  }
  write_text(stream(), report, view_, options_);
}

Result<void> ReportOutput::finish() {
  TRY(write());
  if (!file_) return flush_output("the report");
  TRY(file_->commit());
  std::cerr << fmt::format("gosnoop: wrote {}{}\n", options_.file,
                           how_to_open(format_, options_.file));
  return {};
}

}  // namespace gosnoop::cli
