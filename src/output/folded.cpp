// SPDX-License-Identifier: Apache-2.0
#include "output/folded.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <map>

#include "output/stack_text.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

// A type argument can be `struct { A int; B int }`.
std::string folded_frame(std::string text) {
  std::ranges::replace(text, ';', ',');
  return text;
}

std::string folded(const StackSample& sample) {
  std::string line;
  for (std::string& frame : flame_path(sample)) {
    line += (line.empty() ? "" : ";") + folded_frame(std::move(frame));
  }
  return line;
}

}  // namespace

std::vector<std::string> flame_path(const StackSample& sample) {
  std::vector<std::string> path;
  if (sample.idle) path.emplace_back("(waits for work)");
  if (sample.stack.empty()) path.emplace_back("(stack not known)");
  const auto frames = without_runtime(sample.stack);
  for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
    path.push_back(brief(*frame));
  }
  if (!sample.called.empty()) path.push_back(printable(sample.called));
  if (!sample.reason.empty()) path.push_back("[" + printable(sample.reason) + "]");
  return path;
}

void write_folded(std::ostream& out, const StackProfile& profile) {
  std::map<std::string, std::uint64_t> lines;
  for (const StackSample& sample : profile.samples) {
    lines[folded(sample)] += sample.values[profile.shown];
  }
  for (const auto& [line, value] : lines) {
    if (value != 0) fmt::print(out, "{} {}\n", line, value);
  }
}

}  // namespace gosnoop::output
