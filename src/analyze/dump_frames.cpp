// SPDX-License-Identifier: Apache-2.0
#include "analyze/dump_frames.h"

#include <map>
#include <string>
#include <utility>

#include "analyze/names.h"
#include "symbol/go_names.h"

namespace gosnoop::analyze {

using snapshot::Dump;

Frames lines_at(const Dump& dump, std::uint32_t location) {
  if (location >= dump.locations.size()) return {};
  Frames lines = dump.locations[location].lines;
  for (auto& line : lines) line.function = symbol::name_for_print(line.function);
  return lines;
}

Frames frames_of(const Dump& dump, std::uint32_t stack) {
  Frames frames;
  if (stack >= dump.stacks.size()) return frames;
  for (std::uint32_t location : dump.stacks[stack].locations) {
    Frames lines = lines_at(dump, location);
    frames.insert(frames.end(), lines.begin(), lines.end());
  }
  // Where every goroutine's first function returns to: says nothing.
  if (frames.size() > 1 && frames.back().function == "runtime.goexit") frames.pop_back();
  return frames;
}

bool is_truncated(const Dump& dump, std::uint32_t stack) {
  return stack < dump.stacks.size() && dump.stacks[stack].truncated;
}

Alike::Alike(const Dump& dump) {
  std::map<std::string, std::uint32_t> by_lines;
  for (std::uint32_t index = 0; index < dump.locations.size(); ++index) {
    const std::string key = key_of(lines_at(dump, index));
    locations_.push_back(by_lines.try_emplace(key, index).first->second);
  }
  std::map<std::pair<std::vector<std::uint32_t>, bool>, std::uint32_t> by_locations;
  for (const auto& stack : dump.stacks) {
    std::vector<std::uint32_t> same;
    for (std::uint32_t at : stack.locations) same.push_back(location(at));
    const auto index = static_cast<std::uint32_t>(stacks_.size());
    stacks_.push_back(
        by_locations.try_emplace({std::move(same), stack.truncated}, index).first->second);
  }
}

}  // namespace gosnoop::analyze
