// SPDX-License-Identifier: Apache-2.0
#include "cli/watermark_dump.h"

#include <ctime>
#include <sstream>

#include "analyze/dump_groups.h"
#include "base/output_file.h"
#include "output/dump_json.h"
#include "output/dump_traceback.h"
#include "snapshot/take_dump.h"

namespace gosnoop::cli {
namespace {

std::string compact_time(std::uint64_t wall_clock_ns) {
  auto seconds = static_cast<std::time_t>(wall_clock_ns / 1'000'000'000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[sizeof("20261121T120304Z")] = "";
  std::strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

std::string program_name(const std::string& exe) {
  auto name = exe.substr(exe.rfind('/') + 1);
  return name.empty() ? "unknown" : name;
}

std::string text_of(const snapshot::Dump& dump, bool json) {
  std::ostringstream out;
  auto members = analyze::select_members(dump, analyze::DumpFilter{.system = json});
  if (json) {
    auto listed = analyze::select_members(dump, {});
    output::write_dump_json(out, dump, analyze::group_members(dump, listed), &members);
  } else {
    output::write_tracebacks(out, dump, members, true);
  }
  return std::move(out).str();
}

}  // namespace

std::string dump_file_name(const std::string& pattern, int pid, const std::string& exe,
                           std::uint64_t wall_clock_ns) {
  auto expanded = [&](char letter) -> std::string {
    if (letter == 'p') return std::to_string(pid);
    if (letter == 'e') return program_name(exe);
    if (letter == 't') return compact_time(wall_clock_ns);
    return letter == '%' ? "%" : std::string("%") + letter;
  };
  std::string name;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    bool special = pattern[i] == '%' && i + 1 < pattern.size();
    name += special ? expanded(pattern[++i]) : std::string(1, pattern[i]);
  }
  return name;
}

Result<std::string> write_watermark_dump(const LiveTarget& target, const DumpFileOptions& options) {
  TRY_ASSIGN(auto dump,
             snapshot::take_dump(target.process, target.binary, describe(target, LiveOptions{})));
  auto path = options.folder + "/" +
              dump_file_name(options.pattern, target.process.pid(), target.process.exe(),
                             dump.wall_clock_ns);
  TRY(write_file(path, text_of(dump, path.ends_with(".json"))));
  return path;
}

}  // namespace gosnoop::cli
