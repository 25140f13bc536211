// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "plan/plan.h"

namespace gosnoop::plan {
namespace {

std::string place(const Site& site) {
  return fmt::format("{}+{:#x}", site.function, site.in_function);
}

const char* layout_source(const gobin::RuntimeLayout& layout) {
  using Source = gobin::RuntimeLayout::Source;
  switch (layout.source) {
    case Source::kDwarf:
      return "the binary's DWARF";
    case Source::kTable:
      return "the table for this Go version";
    case Source::kNearestTable:
      return "the table of the nearest Go version (checked on the live process at attach)";
  }
  return "";
}

}  // namespace

std::string_view name_of(Program program) {
  constexpr std::array<std::string_view, kPrograms> kNames{
      "on_create", "on_create_queued", "on_exit",    "on_park",
      "on_ready",  "on_status_change", "on_execute", "on_coroswitch"};
  return kNames[static_cast<std::size_t>(program)];
}

void print(std::ostream& out, const ProbePlan& plan, const gobin::GoBinary& binary) {
  fmt::print(out, "{}, {}{}, struct offsets from {}\n", binary.go_version(),
             binary.stripped() ? "stripped" : "not stripped",
             binary.image().position_independent() ? ", PIE" : "", layout_source(binary.layout()));
  std::size_t widest = 0;
  for (const auto& site : plan.sites) widest = std::max(widest, place(site).size());
  for (const auto& site : plan.sites) {
    fmt::print(out, "\n{}\n  {:<{}}  file offset {:#x}  {}\n  {}\n", site.event, place(site),
               widest, site.offset.value, site.instruction, site.why);
  }
  if (!plan.exact_wakes) {
    fmt::print(out,
               "\nThis build inlined runtime functions (PGO): some wakes are seen only when the "
               "goroutine runs, without their waker.\n");
  }
}

}  // namespace gosnoop::plan
