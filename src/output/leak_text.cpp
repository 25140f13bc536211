// SPDX-License-Identifier: Apache-2.0
#include "output/leak_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <string>

#include "output/header_text.h"
#include "output/stack_text.h"
#include "output/style.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::LeakGroup;
using analyze::ParkedAt;
using analyze::PeerNow;
using analyze::Report;
using analyze::Verdict;

constexpr std::size_t kLabelWidth = 12;
constexpr std::size_t kMaxPlaces = 3;  // where members are parked

std::string label(Verdict verdict, const Style& style) {
  switch (verdict) {
    case Verdict::kLeaking:
      return style.alarm("LEAKING");
    case Verdict::kSuspect:
      return style.warning("SUSPECT");
    case Verdict::kOk:
      return style.good("OK");
  }
  return "";
}

// "main.handle creates goroutines at /src/app/handler.go:57"
std::string creation(const LeakGroup& group, const TextOptions& options, const Style& style) {
  const Frame* creator = creating_frame(group.created_by);
  if (creator == nullptr) {
    return fmt::format("goroutines that start in {}",
                       style.strong(printable(group.start_function)));
  }
  const std::string where = location(*creator, options.full_paths);
  return fmt::format("{} creates goroutines{}{}", style.strong(printable(creator->function)),
                     where.empty() ? "" : " at ", style.strong(where));
}

std::string fate(const LeakGroup& group) {
  if (group.verdict == Verdict::kOk) return "";
  if (group.verdict == Verdict::kSuspect) return " that may never end";
  return group.exited == 0 ? " that never end" : " faster than they end";
}

// " for 10.0.0.5:5432, round trip 80.0 ms": where all of them wait for that one.
std::string only_peer(const LeakGroup& group) {
  if (group.parked.empty() || group.parked.front().peers.size() != 1) return "";
  const ParkedAt& place = group.parked.front();
  const PeerNow& only = place.peers.front();
  if (only.count != place.count) return "";
  return fmt::format(" for {}{}", printable(only.peer),
                     connection_quality(only.srtt_us, only.retransmits));
}

// ", all in chan send (main.handle.func1 handler.go:60)"
std::string parked(const LeakGroup& group) {
  if (group.wait_reason.empty()) return "";
  const Frame* where = waiting_frame(group.blocked_at);
  const std::string place = where == nullptr ? "" : fmt::format(" ({})", brief(*where));
  std::string share = "most";
  if (!group.parked.empty()) {
    const std::uint64_t count = group.parked.front().count;
    share = count == group.count ? "all" : fmt::format("{}", thousands(count));
  }
  return fmt::format(", {} in {}{}{}", share, printable(group.wait_reason), place,
                     only_peer(group));
}

std::string answer(const LeakGroup& group, const TextOptions& options, const Style& style) {
  return fmt::format("{}  {}{}: {} now, {:+.1f}/s{}", label(group.verdict, style),
                     creation(group, options, style), fate(group), thousands(group.count),
                     group.growth_per_second, parked(group));
}

// In a shorter window only what leaks many goroutines a second shows.
constexpr double kShort = 5;  // seconds

std::string healthy(const Report& report) {
  const bool is_short = report.window.seconds < kShort;
  return fmt::format("no goroutine leak seen in {}{}: {}, {}", seconds(report.window.seconds),
                     is_short ? ", which is short to see one (-d 10s)" : "",
                     counted(report.goroutines.now, "goroutine"), came_and_went(report));
}

// A leak that has come to an end leaves a crowd: "28,812 of them were created by main.handle at
// handler.go:57, all in chan send (main.handle.func1 handler.go:60)".
void write_crowd(std::ostream& out, const Report& report, const TextOptions& options) {
  if (!report.crowd || 2 * report.crowd->count < report.goroutines.now) return;
  const Frame* creator = creating_frame(report.crowd->created_by);
  if (creator == nullptr) return;
  fmt::print(out, "{} of them were created by {} at {}{}\n", thousands(report.crowd->count),
             printable(creator->function), location(*creator, options.full_paths),
             parked(*report.crowd));
}

bool is_shown(const LeakGroup& group, const TextOptions& options) {
  return group.verdict != Verdict::kOk || options.all;
}

void write_label(std::ostream& out, std::string_view text) {
  fmt::print(out, "  {:<{}}", text, kLabelWidth);
}

std::string ages(const LeakGroup& group) {
  std::string text = fmt::format("oldest {}{}, median {}", group.older_than_window > 0 ? "> " : "",
                                 seconds(group.oldest_seconds), seconds(group.median_age_seconds));
  if (group.older_than_window > 0) {
    text += fmt::format(" ({} were there before)", thousands(group.older_than_window));
  }
  return text;
}

void write_facts(std::ostream& out, const LeakGroup& group) {
  if (!group.why.empty()) {
    write_label(out, "why");
    fmt::print(out, "{}\n", printable(group.why));
  }
  write_label(out, "count");
  fmt::print(out, "{} now, {} created, {} exited\n", thousands(group.count),
             thousands(group.created), thousands(group.exited));
  write_label(out, "age");
  fmt::print(out, "{}\n", ages(group));
  if (!group.start_function.empty()) {
    write_label(out, "runs");
    fmt::print(out, "{}\n", printable(group.start_function));
  }
}

// Whom those at one place wait for.
void write_peers(std::ostream& out, const ParkedAt& place) {
  if (place.peers.empty()) return;
  fmt::print(out, "    for\n");
  for (const PeerNow& peer : place.peers) {
    fmt::print(out, "    {:>7}  {}{}\n", thousands(peer.count), printable(peer.peer),
               connection_quality(peer.srtt_us, peer.retransmits));
  }
  if (place.peers_left_out != 0) {
    fmt::print(out, "             and {} other peers\n", thousands(place.peers_left_out));
  }
}

void write_place(std::ostream& out, const ParkedAt& place, const TextOptions& options,
                 const Style& style) {
  fmt::print(out, "  blocked at  {} in {}\n", thousands(place.count),
             style.strong(printable(place.wait_reason)));
  write_stack(out, place.stack, 4, options.full_paths, style);
  write_peers(out, place);
}

void write_places(std::ostream& out, const LeakGroup& group, const TextOptions& options,
                  const Style& style) {
  std::vector<ParkedAt> places = group.parked;
  if (places.empty() && !group.blocked_at.empty()) {
    places.push_back({group.wait_reason, group.blocked_at, group.count, {}, 0});
  }
  const std::size_t shown = options.all ? places.size() : std::min(places.size(), kMaxPlaces);
  for (std::size_t i = 0; i < shown; ++i) write_place(out, places[i], options, style);
  if (shown < places.size()) {
    fmt::print(out, "  and {} more places (--all shows them)\n", places.size() - shown);
  }
}

void write_evidence(std::ostream& out, const LeakGroup& group, const TextOptions& options) {
  const Style style(options.color);
  fmt::print(out, "\n{}  {}\n", label(group.verdict, style), creation(group, options, style));
  write_facts(out, group);
  fmt::print(out, "  created by\n");
  write_stack(out, group.created_by, 4, options.full_paths, style);
  write_places(out, group, options, style);
}

}  // namespace

bool accuses(const Report& report) {
  return std::any_of(report.leaks.begin(), report.leaks.end(),
                     [](const LeakGroup& group) { return group.verdict != Verdict::kOk; });
}

void write_leak_answers(std::ostream& out, const Report& report, const TextOptions& options) {
  const Style style(options.color);
  if (!accuses(report)) {
    fmt::print(out, "{}\n", healthy(report));
    write_crowd(out, report, options);
  }
  for (const LeakGroup& group : report.leaks) {
    if (group.verdict != Verdict::kOk) fmt::print(out, "{}\n", answer(group, options, style));
  }
}

void write_leak_evidence(std::ostream& out, const Report& report, const TextOptions& options) {
  for (const LeakGroup& group : report.leaks) {
    if (is_shown(group, options)) write_evidence(out, group, options);
  }
}

}  // namespace gosnoop::output
