// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <tuple>

#include "base/time.h"
#include "cli/commands.h"
#include "cli/live_target.h"
#include "cli/subcommands.h"
#include "cli/terminal.h"
#include "gobin/build_info.h"
#include "output/ps_json.h"
#include "output/ps_text.h"
#include "snapshot/process_summary.h"
#include "snapshot/table.h"
#include "target/container.h"
#include "target/find.h"
#include "target/process_stats.h"

namespace gosnoop::cli {
namespace {

using snapshot::Counts;
using snapshot::ProcessList;
using snapshot::ProcessSummary;

// --- programs ------------------------------------------------------------------------------------

// An executable that is Go's; read once, however many processes run it.
struct Program {
  MappedFile file;
  gobin::BuildInfo info;
  Result<gobin::GoBinary> binary;  // an Error: its goroutines cannot be read
};

// Struct offsets come from the table, not from the program's DWARF, which takes longer than all the
// rest together: Table::check_layout tells whether they fit.
Result<gobin::GoBinary> parse(Bytes file, gobin::LayoutFrom layout_from) {
  TRY_ASSIGN(auto binary, gobin::GoBinary::parse(file, layout_from));
  TRY(check_version(binary));
  return binary;
}

// Also of a program that gosnoop cannot read any further.
gobin::BuildInfo build_info(Bytes file) {
  auto image = gobin::ElfImage::parse(file);
  return image ? gobin::find_build_info(*image).value_or(gobin::BuildInfo{}) : gobin::BuildInfo{};
}

// Null for what is not Go's, or cannot be read, as when its process has ended.
std::unique_ptr<Program> open_program(const std::string& path) {
  auto file = MappedFile::open(path, FileKind::kProgram);
  if (!file || !gobin::looks_like_go(file->bytes())) return nullptr;
  auto binary = parse(file->bytes(), gobin::LayoutFrom::kTable);
  auto info =
      binary ? gobin::BuildInfo{binary->go_version(), binary->go_minor(), binary->module_path()}
             : build_info(file->bytes());
  return std::make_unique<Program>(Program{std::move(*file), std::move(info), std::move(binary)});
}

class Programs {
 public:
  Program* of(const target::FoundProcess& process) {
    auto [entry, added] = programs_.try_emplace(process.executable);
    if (added) entry->second = open_program(fmt::format("/proc/{}/exe", process.pid));
    return entry->second.get();
  }

 private:
  std::map<target::FileId, std::unique_ptr<Program>> programs_;
};

// --- processes -----------------------------------------------------------------------------------

ProcessSummary summary_of(pid_t pid) {
  auto stats = target::read_stats(pid);
  ProcessSummary summary;
  summary.pid = pid;
  summary.threads = stats.threads;
  summary.rss_bytes = stats.rss_bytes;
  summary.uptime_ns = target::uptime_ns(stats, clock_ns(CLOCK_BOOTTIME));
  summary.container = target::container_of(pid);
  return summary;
}

Result<Counts> count_with(const target::Process& process, const gobin::GoBinary& binary) {
  TRY_ASSIGN(auto table, snapshot::Table::open(process, binary));
  TRY(table.check_layout());
  return table.counts();
}

// A runtime that was changed is not as the table of its version has it: its DWARF may tell.
Result<Counts> count_goroutines(const target::Process& process, Program& program) {
  if (!program.binary) return fail(program.binary.error());
  auto counts = count_with(process, *program.binary);
  bool from_table = program.binary->layout().source == gobin::RuntimeLayout::Source::kTable;
  if (counts || counts.error().code != ErrorCode::kUnsupportedGo || !from_table) return counts;
  if (!program.binary->has_dwarf()) return counts;
  program.binary = parse(program.file.bytes(), gobin::LayoutFrom::kDwarf);
  return count_with(process, *program.binary);
}

class Lister {
 public:
  void add(const target::FoundProcess& found) {
    Program* program = programs_.of(found);
    if (program == nullptr) return;
    auto process = target::Process::open(found.pid);
    if (!process && process.error().code == ErrorCode::kNoSuchProcess) return;
    auto summary = summary_of(found.pid);
    summary.go_version = program->info.go_version;
    summary.module = program->info.module_path;
    if (process) summary.executable = process->exe();
    auto counts =
        process ? count_goroutines(*process, *program) : Result<Counts>(fail(process.error()));
    if (process && !process->same_program()) return;  // it ended, or runs another program now
    take(std::move(counts), summary);
    list_.processes.push_back(std::move(summary));
  }

  // Its command line may lead to a file that is Go's; no more than that is known of it.
  void add(const target::HiddenProcess& hidden) {
    list_.needs_rights = true;
    auto file = MappedFile::open(hidden.program, FileKind::kProgram);
    if (!hidden.program.starts_with('/') || !file || !gobin::looks_like_go(file->bytes())) {
      ++list_.hidden;
      return;
    }
    auto summary = summary_of(hidden.pid);
    if (!summary.threads) return;  // it ended
    summary.executable = hidden.program;
    summary.why_unknown = "no permission to look at it";
    list_.processes.push_back(std::move(summary));
  }

  ProcessList finish() {
    auto order = [](const ProcessSummary& one) {
      return std::tuple(!one.goroutines, one.goroutines ? ~one.goroutines->goroutines : 0, one.pid);
    };
    std::sort(list_.processes.begin(), list_.processes.end(),
              [&](const auto& a, const auto& b) { return order(a) < order(b); });
    return std::move(list_);
  }

 private:
  void take(Result<Counts> counts, ProcessSummary& summary) {
    if (counts) {
      summary.goroutines = *counts;
      return;
    }
    summary.why_unknown = counts.error().message;
    if (counts.error().code == ErrorCode::kNoPermission) list_.needs_rights = true;
  }

  Programs programs_;
  ProcessList list_;
};

Result<ProcessList> list_processes() {
  TRY_ASSIGN(auto processes, target::find_processes());
  Lister lister;
  for (const auto& process : processes.found) lister.add(process);
  for (const auto& process : processes.hidden) lister.add(process);
  return lister.finish();
}

void write_hint(const ProcessList& list) {
  if (!list.needs_rights) return;
  if (list.hidden > 0) {
    fmt::print(stderr, "gosnoop: {} more may be Go programs, which cannot be told without rights\n",
               list.hidden);
  }
  fmt::print(stderr, "{}\n",
             ::geteuid() == 0 ? "to see all, run it with all capabilities: outside of any container"
                              : "run as root to see all: sudo gosnoop ps");
}

}  // namespace

void add_ps(CLI::App& app, PsCommand& to) {
  auto* ps = app.add_subcommand("ps", "the Go processes of this machine, also those in containers");
  ps->add_flag("--json", to.json, "machine-readable, schema gosnoop.ps/1");
}

Result<int> run(const PsCommand& command) {
  TRY_ASSIGN(auto list, list_processes());
  if (command.json) {
    output::write_ps_json(std::cout, list);
  } else {
    output::write_ps(std::cout, list, colored());
  }
  TRY(flush_output("the list"));
  write_hint(list);
  return 0;
}

}  // namespace gosnoop::cli
