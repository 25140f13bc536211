// SPDX-License-Identifier: Apache-2.0
#include "output/block_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "output/stack_text.h"
#include "output/style.h"
#include "output/units.h"
#include "output/waker.h"

namespace gosnoop::output {
namespace {

using analyze::Hotspot;
using analyze::Report;
using analyze::WakerCount;

constexpr std::size_t kMaxWakers = 3;  // shown of a hotspot
constexpr const char* kRow = "{:>3} {:>9} {:>11} {:>9} {:>9} {:>9} {:>9} {:>7}  {:<22} {}\n";

std::span<const Hotspot> shown(const Report& report, const TextOptions& options) {
  const std::size_t all = report.blocking.size();
  return {report.blocking.data(), options.all ? all : std::min(all, options.top)};
}

std::string place(const Hotspot& hotspot) {
  const Frame* frame = waiting_frame(hotspot.stack);
  return frame == nullptr ? "(stack not known)" : brief(*frame);
}

// Waits that have not ended have no length yet.
std::string length(const Hotspot& hotspot, std::uint64_t ns) {
  return hotspot.episodes == 0 ? "-" : duration(ns);
}

void write_row(std::ostream& out, std::size_t number, const Hotspot& hotspot) {
  fmt::print(out, kRow, number, length(hotspot, hotspot.total_ns), thousands(hotspot.episodes),
             length(hotspot, hotspot.mean_ns), length(hotspot, hotspot.p50_ns),
             length(hotspot, hotspot.p99_ns), length(hotspot, hotspot.max_ns),
             thousands(hotspot.waiting_now), printable(hotspot.wait_reason),
             place(hotspot) + (hotspot.idle ? "  (waits for work)" : ""));
}

// ", since before the window"; "": nobody knows
std::string waiting_since(const Hotspot& hotspot) {
  const std::uint64_t old = hotspot.waiting_since_start;
  if (old == hotspot.waiting_now) return ", since before the window";
  if (old > 0) return fmt::format(", {} of them since before the window", thousands(old));
  if (hotspot.waiting_longest_ns == 0) return "";
  return fmt::format(", the longest for {}", duration(hotspot.waiting_longest_ns));
}

// "45.2 s in sync.Mutex.Lock, 4,210 times, 10.7 ms on average, 2 waiting now"
std::string summary(const Hotspot& hotspot) {
  const std::string reason = printable(hotspot.wait_reason);
  const std::string now = fmt::format("{} waiting now", thousands(hotspot.waiting_now));
  if (hotspot.episodes > 0) {
    return fmt::format("{} in {}, {}, {} on average{}", duration(hotspot.total_ns), reason,
                       counted(hotspot.episodes, "time"), duration(hotspot.mean_ns),
                       hotspot.waiting_now == 0 ? "" : ", " + now);
  }
  if (hotspot.waiting_now > 0) {
    return fmt::format("{} in {}{}", now, reason, waiting_since(hotspot));
  }
  return fmt::format("{} waited in {} when the window began", thousands(hotspot.waiting_at_start),
                     reason);
}

void write_table(std::ostream& out, std::span<const Hotspot> hotspots, const Style& style) {
  fmt::print(out, "{}",
             style.strong(fmt::format(kRow, "#", "total", "episodes", "mean", "p50", "p99", "max",
                                      "now", "waits for", "at")));
  std::size_t number = 0;
  for (const Hotspot& hotspot : hotspots) write_row(out, ++number, hotspot);
}

std::string waker_text(const WakerCount& waker) {
  const Frame* frame = waiting_frame(waker.stack);
  if (frame == nullptr) return waker_phrase(waker.kind);
  return fmt::format("{} at {}", waker_phrase(waker.kind), brief(*frame));
}

}  // namespace

std::vector<WakerLine> waker_lines(const std::vector<WakerCount>& wakers) {
  std::vector<WakerLine> lines;
  for (const WakerCount& waker : wakers) {
    const std::string text = waker_text(waker);
    auto line = std::find_if(lines.begin(), lines.end(),
                             [&text](const WakerLine& known) { return known.text == text; });
    if (line == lines.end()) line = lines.insert(lines.end(), WakerLine{text, 0});
    line->count += waker.count;
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const WakerLine& a, const WakerLine& b) { return a.count > b.count; });
  if (lines.size() > kMaxWakers) lines.resize(kMaxWakers);
  return lines;
}

namespace {

void write_wakers(std::ostream& out, const Hotspot& hotspot, std::uint64_t min_block_ns) {
  if (hotspot.wakers.empty()) return;
  fmt::print(out, "    woken by");
  if (hotspot.streamed < hotspot.episodes) {
    fmt::print(out, " (the {} that waited {} or more)", thousands(hotspot.streamed),
               duration(min_block_ns));
  }
  fmt::print(out, "\n");
  for (const WakerLine& line : waker_lines(hotspot.wakers)) {
    fmt::print(out, "    {:>7}  {}\n", percent(line.count, hotspot.streamed), line.text);
  }
}

// "3.45 s in 300 waits, the longest 1.20 s, 2 waiting now, the longest for 3.00 s"
std::string waits_text(const analyze::PeerWaits& waits) {
  std::string text;
  if (waits.episodes != 0) {
    text = fmt::format("{} in {}, the longest {}", duration(waits.total_ns),
                       counted(waits.episodes, "wait"), duration(waits.max_ns));
  }
  if (waits.waiting_now == 0) return text;
  text += fmt::format("{}{} waiting now", text.empty() ? "" : ", ", thousands(waits.waiting_now));
  if (waits.waiting_longest_ns <= waits.max_ns) return text;
  return text + fmt::format(", for up to {}", duration(waits.waiting_longest_ns));
}

void write_peers(std::ostream& out, const Hotspot& hotspot) {
  if (hotspot.peers.empty()) return;
  fmt::print(out, "    for\n");
  for (const auto& waits : hotspot.peers) {
    fmt::print(out, "    {:>7}  {}: {}{}\n",
               waits.episodes == 0 ? "" : percent(waits.episodes, hotspot.streamed),
               printable(waits.peer), waits_text(waits),
               connection_quality(waits.srtt_us, waits.retransmits));
  }
}

// What the figures leave out, where that makes a difference: waits that began before the window,
// and those that go on for longer than any that ended took.
void write_unfinished(std::ostream& out, const Hotspot& hotspot) {
  if (hotspot.episodes == 0) return;  // the summary says it
  const std::uint64_t ended = hotspot.waiting_at_start - hotspot.waiting_since_start;
  if (ended * 20 >= hotspot.episodes && ended > 0) {
    fmt::print(out, "    {} more began before the window and ended in it\n", thousands(ended));
  }
  if (hotspot.waiting_now > 0 && hotspot.waiting_longest_ns > hotspot.max_ns) {
    fmt::print(out, "    {} waiting now{}\n", thousands(hotspot.waiting_now),
               waiting_since(hotspot));
  }
}

}  // namespace

void write_hotspot(std::ostream& out, const Hotspot& hotspot, std::uint64_t min_block_ns,
                   const TextOptions& options) {
  const Style style(options.color);
  fmt::print(out, "{}\n", style.strong(summary(hotspot)));
  write_stack(out, hotspot.stack, 4, options.full_paths, style);
  write_wakers(out, hotspot, min_block_ns);
  write_peers(out, hotspot);
  write_unfinished(out, hotspot);
}

void write_block_answer(std::ostream& out, const Report& report, const TextOptions& options) {
  const Style style(options.color);
  if (report.blocking.empty()) {
    fmt::print(out, "no goroutine waited in {}\n", seconds(report.window.seconds));
    return;
  }
  const Hotspot& top = report.blocking.front();
  fmt::print(out, "{} waits longest: {}{}\n", style.strong(place(top)), summary(top),
             top.idle ? "; all waits are for work" : "");
}

void write_hotspots(std::ostream& out, const Report& report, const TextOptions& options) {
  const std::span<const Hotspot> hotspots = shown(report, options);
  if (hotspots.empty()) return;
  fmt::print(out, "\n");
  write_table(out, hotspots, Style(options.color));
  if (hotspots.size() < report.blocking.size()) {
    fmt::print(out, "    and {} more (--all shows them)\n",
               thousands(report.blocking.size() - hotspots.size()));
  }
  std::size_t number = 0;
  for (const Hotspot& hotspot : hotspots) {
    fmt::print(out, "\n{:>3} ", ++number);
    write_hotspot(out, hotspot, report.target.min_block_ns, options);
  }
}

}  // namespace gosnoop::output
