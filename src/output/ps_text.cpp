// SPDX-License-Identifier: Apache-2.0
#include "output/ps_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "output/style.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using snapshot::ProcessList;
using snapshot::ProcessSummary;

constexpr const char* kUnknown = "?";

template <typename Format>
std::string number(const std::optional<std::uint64_t>& value, Format format) {
  return value ? format(*value) : kUnknown;
}

// "devel go1.25-5e94d72 Mon Jan 6 …" and "go1.24.4 X:boringcrypto" say too much for a column.
std::string short_version(std::string version) {
  if (version.empty()) return kUnknown;
  auto at = version.find("go1");
  if (at != version.npos) version.erase(0, at);
  return printable(version.substr(0, version.find(' ')));
}

std::string program(const ProcessSummary& process) {
  if (!process.module.empty()) return printable(process.module);
  return process.executable.empty() ? kUnknown : printable(process.executable);
}

std::string goroutines(const ProcessSummary& process) {
  return process.goroutines ? thousands(process.goroutines->goroutines) : kUnknown;
}

std::string waiting(const ProcessSummary& process) {
  return process.goroutines ? thousands(process.goroutines->waiting) : kUnknown;
}

struct Column {
  const char* title;
  bool right;  // numbers are
  std::string (*text)(const ProcessSummary&);
};

constexpr std::array kColumns = {
    Column{"PID", true, [](const ProcessSummary& p) { return std::to_string(p.pid); }},
    Column{"GO", false, [](const ProcessSummary& p) { return short_version(p.go_version); }},
    Column{"GOROUTINES", true, goroutines},
    Column{"WAITING", true, waiting},
    Column{"THREADS", true, [](const ProcessSummary& p) { return number(p.threads, thousands); }},
    Column{"RSS", true, [](const ProcessSummary& p) { return number(p.rss_bytes, memory_size); }},
    Column{"UPTIME", true, [](const ProcessSummary& p) { return number(p.uptime_ns, duration); }},
    Column{"CONTAINER", false,
           [](const ProcessSummary& p) { return p.container.empty() ? "-" : p.container; }},
    Column{"PROGRAM", false, program},
};

using Row = std::array<std::string, kColumns.size()>;

Row titles() {
  Row row;
  for (std::size_t i = 0; i < kColumns.size(); ++i) row[i] = kColumns[i].title;
  return row;
}

Row row_of(const ProcessSummary& process) {
  Row row;
  for (std::size_t i = 0; i < kColumns.size(); ++i) row[i] = kColumns[i].text(process);
  return row;
}

using Widths = std::array<std::size_t, kColumns.size()>;

Widths widths_of(const std::vector<Row>& rows) {
  Widths widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  return widths;
}

std::string line(const Row& row, const Widths& widths) {
  std::string text;
  for (std::size_t i = 0; i + 1 < row.size(); ++i) {
    text += kColumns[i].right ? fmt::format("{:>{}}  ", row[i], widths[i])
                              : fmt::format("{:<{}}  ", row[i], widths[i]);
  }
  return text + row.back();
}

}  // namespace

void write_ps(std::ostream& out, const ProcessList& list, bool color) {
  const Style style(color);
  if (list.processes.empty()) {
    fmt::print(out, "no Go process is found\n");
    return;
  }
  std::vector<Row> rows = {titles()};
  for (const auto& process : list.processes) rows.push_back(row_of(process));
  const auto widths = widths_of(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const bool unknown = i > 0 && !list.processes[i - 1].goroutines;
    const auto text = line(rows[i], widths);
    fmt::print(out, "{}\n", i == 0 ? style.strong(text) : unknown ? style.dim(text) : text);
  }
}

}  // namespace gosnoop::output
