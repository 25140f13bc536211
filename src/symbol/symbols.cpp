// SPDX-License-Identifier: Apache-2.0
#include "symbol/symbols.h"

#include <fmt/format.h>

namespace gosnoop::symbol {

void Symbols::on(const event::Symbol& symbol) {
  Frames frames;
  frames.reserve(symbol.lines.size());
  for (const auto& line : symbol.lines) frames.push_back({line.function, line.file, line.line});
  lines_[symbol.pc] = std::move(frames);
}

void Symbols::on(const event::Stack& stack) {
  if (stack.hash != 0) stacks_[stack.hash] = stack;
}

Frames Symbols::at(std::uint64_t pc) const {
  auto it = lines_.find(pc);
  if (it != lines_.end() && !it->second.empty()) return it->second;
  return {Frame{.function = fmt::format("{:#x}", pc), .file = {}, .line = 0}};
}

Frames Symbols::stack(event::StackHash hash) const {
  Frames frames;
  const event::Stack* stack = find_stack(hash);
  if (stack == nullptr) return frames;
  for (std::uint64_t pc : stack->frames) {
    Frames lines = at(pc);
    frames.insert(frames.end(), lines.begin(), lines.end());
  }
  return frames;
}

const event::Stack* Symbols::find_stack(event::StackHash hash) const {
  auto it = stacks_.find(hash);
  return it != stacks_.end() ? &it->second : nullptr;
}

}  // namespace gosnoop::symbol
