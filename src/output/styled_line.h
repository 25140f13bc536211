// SPDX-License-Identifier: Apache-2.0
// Lines of a screen: text with a look, which a terminal shows as it can.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gosnoop::output {

enum class Look { kPlain, kStrong, kDim, kAlarm, kWarning, kGood };

struct StyledText {
  std::string text;
  Look look = Look::kPlain;
};

struct StyledLine {
  std::vector<StyledText> parts;
  bool selected = false;  // the whole line is to stand out

  StyledLine() = default;
  explicit StyledLine(std::string text, Look look = Look::kPlain) { add(std::move(text), look); }
  void add(std::string text, Look look = Look::kPlain) { parts.push_back({std::move(text), look}); }
};

using StyledLines = std::vector<StyledLine>;

// Columns of a terminal that UTF-8 text takes: one a character.
std::size_t text_width(std::string_view text);
std::size_t text_width(const StyledLine& line);

// How many bytes that many columns are, or the whole text.
std::size_t first_columns(std::string_view text, std::size_t width);

// At most `width` columns: the beginning, or the end, with "…" in place of the rest.
std::string beginning(std::string_view text, std::size_t width);
std::string ending(std::string_view text, std::size_t width);
// At least `width` columns, filled with blanks.
std::string padded(std::string_view text, std::size_t width, bool right = false);

// At most `width` columns.
StyledLine fitted(const StyledLine& line, std::size_t width);

// Without looks; a selected line is like others.
std::string plain_text(const StyledLines& lines);

}  // namespace gosnoop::output
