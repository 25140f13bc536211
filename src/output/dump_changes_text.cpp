// SPDX-License-Identifier: Apache-2.0
#include "output/dump_changes_text.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <span>
#include <string>

#include "output/dump_text.h"
#include "output/stack_text.h"
#include "output/style.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::DumpChange;
using analyze::DumpChanges;

std::string signed_number(std::int64_t number) {
  const auto size = static_cast<std::uint64_t>(number < 0 ? -number : number);
  return (number < 0 ? "-" : "+") + thousands(size);
}

std::string place_text(const DumpChange& change) {
  std::string text = change.wait_reason.empty() ? std::string(status_name(change.status))
                                                : printable(change.wait_reason);
  const Frame* at = waiting_frame(change.stack);
  if (at != nullptr) text += " at " + brief(*at);
  const Frame* creator = creating_frame(change.created_by);
  if (creator != nullptr) text += ", created by " + brief(*creator);
  return text;
}

std::string fate(const DumpChange& change) {
  if (change.now == 0) return "; gone";
  if (change.before == 0) return "; new";
  if (change.stayed == 0) return "; none stayed";
  return fmt::format("; {} stayed, longest {}", thousands(change.stayed),
                     duration(change.longest_stay_ns));
}

void write_change(std::ostream& out, const DumpChange& change, const Style& style) {
  const std::string growth = fmt::format("{:>9}", signed_number(change.growth()));
  fmt::print(out, "{}  {:>9} now  {}{}\n",
             change.growth() > 0 ? style.warning(growth) : style.good(growth),
             thousands(change.now), place_text(change), style.dim(fate(change)));
}

void write_changes(std::ostream& out, std::span<const DumpChange> changes, const char* how,
                   const TextOptions& options) {
  const std::size_t shown = options.all ? changes.size() : std::min(options.top, changes.size());
  for (const DumpChange& change : changes.first(shown)) {
    write_change(out, change, Style(options.color));
  }
  if (shown < changes.size()) {
    fmt::print(out, "           and {} more places that {}\n", thousands(changes.size() - shown),
               how);
  }
}

}  // namespace

void write_dump_changes(std::ostream& out, const DumpChanges& changes, const TextOptions& options) {
  const auto growth =
      static_cast<std::int64_t>(changes.now) - static_cast<std::int64_t>(changes.before);
  const std::string total = fmt::format("{}, {} in {}", counted(changes.now, "goroutine"),
                                        signed_number(growth), duration(changes.elapsed_ns));
  fmt::print(out, "{}  {}: {} created, {} ended{}\n", local_time(changes.wall_clock_ns),
             Style(options.color).strong(total), thousands(changes.created),
             thousands(changes.ended), changes.changed.empty() ? "; same places" : "");
  const auto shrank = std::ranges::find_if(
      changes.changed, [](const DumpChange& change) { return change.growth() < 0; });
  write_changes(out, {changes.changed.begin(), shrank}, "grew", options);
  write_changes(out, {shrank, changes.changed.end()}, "shrank", options);
}

}  // namespace gosnoop::output
