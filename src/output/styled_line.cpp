// SPDX-License-Identifier: Apache-2.0
#include "output/styled_line.h"

#include <algorithm>
#include <utility>

namespace gosnoop::output {
namespace {

constexpr std::string_view kRest = "…";

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

std::size_t first_columns(std::string_view text, std::size_t width) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (begins_character(text[i]) && width-- == 0) return i;
  }
  return text.size();
}

std::size_t text_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::size_t text_width(const StyledLine& line) {
  std::size_t width = 0;
  for (const auto& part : line.parts) width += text_width(part.text);
  return width;
}

std::string beginning(std::string_view text, std::size_t width) {
  if (text_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  return std::string(text.substr(0, first_columns(text, width - 1))) + std::string(kRest);
}

std::string ending(std::string_view text, std::size_t width) {
  const std::size_t all = text_width(text);
  if (all <= width) return std::string(text);
  if (width == 0) return "";
  return std::string(kRest) + std::string(text.substr(first_columns(text, all - width + 1)));
}

std::string padded(std::string_view text, std::size_t width, bool right) {
  const std::size_t all = text_width(text);
  const std::string blanks(width > all ? width - all : 0, ' ');
  return right ? blanks + std::string(text) : std::string(text) + blanks;
}

StyledLine fitted(const StyledLine& line, std::size_t width) {
  if (text_width(line) <= width) return line;
  StyledLine result;
  result.selected = line.selected;
  std::size_t left = width;
  for (const auto& part : line.parts) {
    const std::size_t wants = text_width(part.text);
    if (wants >= left) {  // and there is more: the last column says so
      result.add(beginning(part.text + " ", left), part.look);
      break;
    }
    result.add(part.text, part.look);
    left -= wants;
  }
  return result;
}

std::string plain_text(const StyledLines& lines) {
  std::string all;
  for (const auto& line : lines) {
    std::string text;
    for (const auto& part : line.parts) text += part.text;
    all += text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  }
  return all;
}

}  // namespace gosnoop::output
