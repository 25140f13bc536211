// SPDX-License-Identifier: Apache-2.0
#include "output/html_tables.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "output/html_parts.h"
#include "output/json_parts.h"
#include "output/stack_text.h"
#include "output/syscall_text.h"
#include "output/tcp_text.h"
#include "output/units.h"
#include "output/waker.h"

namespace gosnoop::output {
namespace {

using analyze::Report;

struct Column {
  const char* name;
  bool number = true;
};

// What a row shows when it is opened.
struct Detail {
  std::string title;
  std::string text;
};

class Table {
 public:
  Table(std::ostream& out, const char* id, const char* title, std::vector<Column> columns)
      : out_(out), columns_(std::move(columns)) {
    fmt::print(out_, "<h2 id=\"{0}\">{1}</h2>\n<div class=\"wide\"><table>\n<thead><tr>", id,
               title);
    for (const Column& column : columns_) {
      fmt::print(out_, "<th scope=\"col\"{}>{}</th>", kind(column), column.name);
    }
    fmt::print(out_, "</tr></thead>\n<tbody>\n");
  }

  // Says how many there are that it does not show.
  void end(std::size_t left_out = 0) {
    fmt::print(out_, "</tbody></table></div>\n");
    if (left_out == 0) return;
    fmt::print(out_, "<p class=\"dim\">And {} more; the JSON report has them all.</p>\n",
               thousands(left_out));
  }

  // `details` open beneath the last cell.
  void row(const std::vector<std::string>& cells, const std::vector<Detail>& details = {}) {
    fmt::print(out_, "<tr>");
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const bool opens = i + 1 == cells.size() && !details.empty();
      fmt::print(out_, "<td{}>{}</td>", kind(columns_[i]),
                 opens ? folded_up(cells[i], details) : html_text(cells[i]));
    }
    fmt::print(out_, "</tr>\n");
  }

 private:
  static const char* kind(const Column& column) { return column.number ? " class=\"number\"" : ""; }

  static std::string folded_up(const std::string& cell, const std::vector<Detail>& details) {
    std::string html = "<details><summary class=\"code\">" + html_text(cell) + "</summary>";
    for (const Detail& detail : details) {
      html += fmt::format("<div class=\"dim\">{}</div><pre>{}</pre>", html_text(detail.title),
                          html_text(detail.text));
    }
    return html + "</details>";
  }

  std::ostream& out_;
  std::vector<Column> columns_;
};

std::string stack_text(const Frames& stack) {
  std::ostringstream text;
  write_stack(text, stack, 0, false, Style(false));
  return text.str();
}

std::string place(const Frame* frame) {
  return frame == nullptr ? "(stack not known)" : brief(*frame);
}

// "sync.Mutex.Lock at main.work main.go:31" of a goroutine waker, else what woke.
std::string waker_text(const analyze::WakerCount& waker) {
  const Frame* frame = waiting_frame(waker.stack);
  return fmt::format("{:>9}  {}{}\n", thousands(waker.count), waker_phrase(waker.kind),
                     frame == nullptr ? "" : " at " + brief(*frame));
}

std::vector<Detail> details(const analyze::Hotspot& hotspot) {
  std::vector<Detail> result = {{"waits here", stack_text(hotspot.stack)}};
  std::string wakers, peers;
  for (const auto& waker : hotspot.wakers) wakers += waker_text(waker);
  for (const auto& waits : hotspot.peers) {
    peers += fmt::format("{:>9}  in {} waits for {}\n", duration(waits.total_ns),
                         thousands(waits.episodes), waits.peer);
  }
  if (!wakers.empty()) {
    const auto of =
        fmt::format("woken by, in the {} waits that were streamed", thousands(hotspot.streamed));
    result.push_back({of, wakers});
  }
  if (!peers.empty()) result.push_back({"for", peers});
  return result;
}

std::vector<Detail> details(const analyze::LeakGroup& group) {
  std::vector<Detail> result = {{"why", group.why}, {"created by", stack_text(group.created_by)}};
  for (const analyze::ParkedAt& at : group.parked) {
    result.push_back(
        {fmt::format("{} in {}", thousands(at.count), at.wait_reason), stack_text(at.stack)});
  }
  return result;
}

void write_row(Table& table, const analyze::LeakGroup& group) {
  const Frame* creator = creating_frame(group.created_by);
  table.row({verdict_name(group.verdict), thousands(group.count), thousands(group.created),
             thousands(group.exited), fmt::format("{:+.1f}", group.growth_per_second),
             (group.older_than_window > 0 ? "> " : "") + seconds(group.oldest_seconds),
             group.wait_reason, creator == nullptr ? group.start_function : brief(*creator)},
            details(group));
}

void write_row(Table& table, const analyze::SyscallUse& use) {
  std::vector<Detail> callers;
  callers.reserve(use.callers.size());
  for (const analyze::SyscallCaller& caller : use.callers) {
    callers.push_back(
        {fmt::format("{} in {}", duration(caller.total_ns), counted(caller.count, "call")),
         stack_text(caller.stack)});
  }
  table.row({duration(use.total_ns), thousands(use.count), thousands(use.failed),
             duration(use.p50_ns), duration(use.p99_ns), duration(use.max_ns),
             use.runtime ? "the runtime" : callers_text(use), use.name},
            callers);
}

void write_row(Table& table, const analyze::TcpConnection& c) {
  std::vector<Detail> opener;
  if (!c.opened_by.empty()) opener.push_back({"opened by", stack_text(c.opened_by)});
  table.row(
      {c.local, c.remote, c.error.empty() ? c.state : c.state + " (" + c.error + ")",
       (c.older ? "> " : "") + seconds(c.age_seconds), c.measured ? memory_size(c.bytes_sent) : "?",
       c.measured ? memory_size(c.bytes_received) : "?",
       c.srtt_us == 0 ? "" : duration(c.srtt_us * 1000), thousands(c.retransmits),
       connection_owner(c)},
      opener);
}

void write_row(Table& table, const analyze::Hotspot& h) {
  table.row({duration(h.total_ns), thousands(h.episodes), duration(h.p50_ns), duration(h.p99_ns),
             duration(h.max_ns), thousands(h.waiting_now),
             h.wait_reason + (h.idle ? " (waits for work)" : ""), place(waiting_frame(h.stack))},
            details(h));
}

}  // namespace

// All that are accused come first; of the others there can be thousands.
void write_leak_table(std::ostream& out, const Report& report, std::size_t top) {
  if (report.leaks.empty()) return;
  const auto accused = static_cast<std::size_t>(std::ranges::count_if(
      report.leaks, [](const auto& group) { return group.verdict != analyze::Verdict::kOk; }));
  const std::size_t shown = std::min(std::max(accused, top), report.leaks.size());
  Table table(out, "groups", "Groups of goroutines",
              {{"verdict", false},
               {"now"},
               {"created"},
               {"exited"},
               {"a second"},
               {"oldest"},
               {"waits in", false},
               {"created at", false}});
  for (std::size_t i = 0; i < shown; ++i) write_row(table, report.leaks[i]);
  table.end(report.leaks.size() - shown);
}

void write_hotspot_table(std::ostream& out, const Report& report, std::size_t top) {
  if (report.blocking.empty()) return;
  const std::size_t shown = std::min(top, report.blocking.size());
  Table table(out, "hotspots", "Where goroutines wait",
              {{"time"},
               {"waits"},
               {"p50"},
               {"p99"},
               {"longest"},
               {"waiting now"},
               {"for", false},
               {"at", false}});
  for (std::size_t i = 0; i < shown; ++i) write_row(table, report.blocking[i]);
  table.end(report.blocking.size() - shown);
}

void write_syscall_html(std::ostream& out, const Report& report, std::size_t top) {
  if (report.syscalls.empty()) return;
  const std::size_t shown = std::min(top, report.syscalls.size());
  Table table(out, "syscalls", "System calls",
              {{"time"},
               {"calls"},
               {"failed"},
               {"p50"},
               {"p99"},
               {"longest"},
               {"by", false},
               {"call", false}});
  for (std::size_t i = 0; i < shown; ++i) write_row(table, report.syscalls[i]);
  table.end(report.syscalls.size() - shown);
}

void write_connection_table(std::ostream& out, const Report& report, std::size_t top) {
  const auto& connections = report.tcp.connections;
  if (connections.empty()) return;
  const std::size_t shown = std::min(top, connections.size());
  Table table(out, "connections", "TCP connections",
              {{"local", false},
               {"remote", false},
               {"state", false},
               {"age"},
               {"sent"},
               {"received"},
               {"round trip"},
               {"retransmits"},
               {"opened by", false}});
  for (std::size_t i = 0; i < shown; ++i) write_row(table, connections[i]);
  table.end(connections.size() - shown);
}

void write_loss_table(std::ostream& out, const Report& report) {
  if (report.losses.empty()) return;
  Table table(out, "losses", "Events seen and lost",
              {{"event", false}, {"seen"}, {"one by one"}, {"in totals only"}, {"lost"}});
  for (const analyze::LossCount& loss : report.losses) {
    table.row({loss.kind, thousands(loss.seen), thousands(loss.delivered), thousands(loss.filtered),
               thousands(loss.dropped)});
  }
  table.end();
}

}  // namespace gosnoop::output
