// SPDX-License-Identifier: Apache-2.0
#include "output/html.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>

#include "output/block_text.h"
#include "output/header_text.h"
#include "output/html_parts.h"
#include "output/html_tables.h"
#include "output/leak_text.h"
#include "output/stack_profile.h"
#include "output/syscall_text.h"
#include "output/tcp_text.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::CountPoint;
using analyze::Report;

constexpr double kChartWidth = 1000, kChartHeight = 100;

const char* kind_of(std::string_view answer) {
  if (answer.starts_with("LEAKING") || answer.starts_with("UNCLOSED")) return "alarm";
  if (answer.starts_with("SUSPECT") || answer.starts_with("FAILED") || answer.starts_with("LOST") ||
      answer.starts_with("NOTE")) {
    return "warning";
  }
  return answer.starts_with("no goroutine leak") ? "good" : "plain";
}

// A first word in capitals says how bad it is.
void write_answer(std::ostream& out, const std::string& answer) {
  const std::string_view kind = kind_of(answer);
  const bool marked = kind == "alarm" || kind == "warning";
  const std::size_t word = marked ? answer.find(' ') : 0;
  fmt::print(out, "<li class=\"{}\">{}{}</li>\n", kind,
             marked ? "<b>" + html_text(answer.substr(0, word)) + "</b>" : "",
             html_text(answer.substr(word)));
}

// The same sentences as the text report begins with.
void write_answers(std::ostream& out, const Report& report) {
  std::stringstream text;
  write_leak_answers(text, report, {});
  if (!report.blocking.empty()) write_block_answer(text, report, {});
  if (!report.syscalls.empty()) write_syscall_answer(text, report, {});
  if (report.tcp.watched) write_tcp_answers(text, report, {});
  std::stringstream header;
  write_header(header, report, {});
  std::string line;
  std::getline(header, line);
  fmt::print(out, "<p class=\"dim\">{}</p>\n<ul class=\"answers\" aria-label=\"Answers\">\n",
             html_text(line));
  while (std::getline(text, line)) write_answer(out, line);
  while (std::getline(header, line)) write_answer(out, line);
  fmt::print(out, "</ul>\n");
}

std::uint64_t most(const std::vector<CountPoint>& points) {
  return std::ranges::max_element(points, {}, &CountPoint::goroutines)->goroutines;
}

// A line from the first moment to the last, between zero and the most there were.
std::string polyline(const std::vector<CountPoint>& points) {
  const double first = points.front().seconds;
  const double span = std::max(points.back().seconds - first, 1e-9);
  const double height = static_cast<double>(std::max<std::uint64_t>(most(points), 1));
  std::string line;
  for (const CountPoint& point : points) {
    line += fmt::format("{:.1f},{:.1f} ", kChartWidth * (point.seconds - first) / span,
                        kChartHeight * (1 - static_cast<double>(point.goroutines) / height));
  }
  return line;
}

void write_chart(std::ostream& out, const Report& report) {
  const auto& points = report.goroutines_over_time;
  fmt::print(out, "<h2 id=\"goroutines\">Goroutines over time</h2>\n<p>{} now, {}.",
             counted(report.goroutines.now, "goroutine"), came_and_went(report));
  if (points.size() < 2) {
    fmt::print(out, "</p>\n");
    return;
  }
  const std::string summary =
      fmt::format("From {} to {}, {} at most, in {}", thousands(points.front().goroutines),
                  thousands(points.back().goroutines), thousands(most(points)),
                  seconds(points.back().seconds - points.front().seconds));
  fmt::print(
      out,
      " {}.</p>\n<svg class=\"chart\" role=\"img\" aria-label=\"{}\" "
      "viewBox=\"0 -4 {} {}\" preserveAspectRatio=\"none\"><polyline points=\"{}\"/></svg>\n",
      summary, summary, kChartWidth, kChartHeight + 8, polyline(points));
}

}  // namespace

void write_html(std::ostream& out, const Report& report, std::size_t top) {
  write_page_begin(out, fmt::format("gosnoop: {}", report.target.exe));
  write_answers(out, report);
  write_chart(out, report);
  write_leak_table(out, report, top);
  write_hotspot_table(out, report, top);
  write_flame_section(out, waits_profile(report));
  write_flame_section(out, creations_profile(report));
  write_syscall_html(out, report, top);
  write_connection_table(out, report, top);
  write_loss_table(out, report);
  write_page_end(out);
}

}  // namespace gosnoop::output
