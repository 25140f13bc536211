// SPDX-License-Identifier: Apache-2.0
#include "output/doctor_text.h"

#include <fmt/ostream.h>

#include <algorithm>

#include "output/style.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using analyze::Check;
using analyze::Diagnosis;
using analyze::ProbeSite;
using State = Check::State;

// Four columns wide.
std::string mark(State state, const Style& style) {
  switch (state) {
    case State::kOk:
      return style.good("ok  ");
    case State::kWarn:
      return style.warning("warn");
    case State::kFail:
      return style.alarm("FAIL");
    case State::kNotTried:
      break;
  }
  return style.dim("-   ");
}

std::size_t widest_name(const Diagnosis& diagnosis) {
  std::size_t widest = 0;
  for (const auto& check : diagnosis.host) widest = std::max(widest, check.name.size());
  for (const auto& check : diagnosis.target) widest = std::max(widest, check.name.size());
  return widest;
}

void write_check(std::ostream& out, const Check& check, std::size_t width, const Style& style) {
  fmt::print(out, "  {}  {:<{}}  {}\n", mark(check.state, style), check.name, width,
             printable(check.detail));
  if (check.state == State::kOk) return;
  const std::size_t indent = width + 10;
  if (!check.consequence.empty()) {
    fmt::print(out, "{:{}}{}\n", "", indent, printable(check.consequence));
  }
  if (!check.next_step.empty()) {
    fmt::print(out, "{:{}}next step: {}\n", "", indent, printable(check.next_step));
  }
}

std::string place(const ProbeSite& site) {
  return fmt::format("{}+{:#x}", site.function, site.in_function);
}

void write_sites(std::ostream& out, const std::vector<ProbeSite>& sites) {
  if (sites.empty()) return;
  std::size_t places = 0, programs = 0;
  for (const auto& site : sites) {
    places = std::max(places, place(site).size());
    programs = std::max(programs, site.program.size());
  }
  fmt::print(out, "probe sites\n");
  for (const auto& site : sites) {
    fmt::print(out, "  {:<{}}  {:<{}}  file offset {:#x}  {}\n", site.program, programs,
               place(site), places, site.file_offset, site.instruction);
  }
}

}  // namespace

void write_doctor(std::ostream& out, const Diagnosis& diagnosis, bool color) {
  const Style style(color);
  const auto width = widest_name(diagnosis);
  fmt::print(out, "this machine\n");
  for (const auto& check : diagnosis.host) write_check(out, check, width, style);
  if (diagnosis.pid) fmt::print(out, "pid {}\n", *diagnosis.pid);
  for (const auto& check : diagnosis.target) write_check(out, check, width, style);
  write_sites(out, diagnosis.sites);
  out << '\n';
  for (const auto& line : conclude(diagnosis).verdict) {
    fmt::print(out, "{}\n", style.strong(printable(line)));
  }
}

}  // namespace gosnoop::output
