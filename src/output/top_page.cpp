// SPDX-License-Identifier: Apache-2.0
#include "output/top_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "output/top_keys.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

constexpr std::size_t kNoLimit = std::size_t{1} << 20;  // columns of a "terminal" without an end
constexpr std::size_t kGap = 1;                         // between columns

// --- tables --------------------------------------------------------------------------------------

// Which columns there is room for; the last one always.
std::vector<std::size_t> shown_columns(const TopTable& table, std::size_t width) {
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const bool last = i + 1 == table.columns.size();
    if (last || width >= table.columns[i].from_width) shown.push_back(i);
  }
  return shown;
}

template <typename CellOf>
std::string table_line(const TopTable& table, std::size_t width, CellOf cell_of) {
  std::string line;
  for (std::size_t i : shown_columns(table, width)) {
    const TopColumn& column = table.columns[i];
    if (i + 1 < table.columns.size()) {
      line += padded(beginning(cell_of(i), column.width), column.width, column.right);
      line += std::string(kGap, ' ');
      continue;
    }
    const std::size_t used = text_width(line);
    line += ending(cell_of(i), width > used ? width - used : 0);
  }
  return line;
}

std::string title_of_last(const TopTable& table) {
  std::string title = table.columns.back().title;
  if (!table.sorted_by.empty()) title += fmt::format(" (by {})", table.sorted_by);
  if (table.rows.size() != table.all) {
    title += fmt::format(", {} of {}", table.rows.size(), table.all);
  }
  return title;
}

StyledLine header_line(const TopTable& table, std::size_t width, bool has_focus) {
  auto cell = [&](std::size_t i) {
    return i + 1 == table.columns.size() ? title_of_last(table) : table.columns[i].title;
  };
  StyledLine line(table_line(table, width, cell), Look::kStrong);
  if (has_focus) line.parts.front().text = padded(line.parts.front().text, width);
  line.selected = has_focus;
  return fitted(line, width);
}

StyledLine row_line(const TopTable& table, const TopRow& row, std::size_t width, bool selected) {
  auto text = table_line(table, width, [&](std::size_t i) { return row.cells[i]; });
  StyledLine line(selected ? padded(text, width) : text, row.look);
  line.selected = selected;
  return fitted(line, width);
}

// The first row shown, so that the selected one is, too.
std::size_t first_row(std::size_t selected, std::size_t rows, std::size_t room) {
  if (rows <= room || selected < room) return 0;
  return std::min(selected - room + 1, rows - room);
}

// `height` lines, all of them, so that what is beneath keeps its place.
void add_table(StyledLines& lines, const TopTable& table, std::size_t selected, bool has_focus,
               TopSize size) {
  const std::size_t end = lines.size() + size.height;
  if (size.height == 0) return;
  lines.push_back(header_line(table, size.width, has_focus));
  const std::size_t room = size.height - 1;
  if (table.rows.empty() && room > 0) {
    lines.push_back(fitted(StyledLine("  " + table.empty, Look::kDim), size.width));
  }
  const std::size_t first = first_row(selected, table.rows.size(), room);
  for (std::size_t i = first; i < std::min(first + room, table.rows.size()); ++i) {
    lines.push_back(row_line(table, table.rows[i], size.width, has_focus && i == selected));
  }
  lines.resize(end);
}

// Lines of each table: the one with the focus gets what the others leave. They depend on the size
// alone, so that nothing moves while the numbers change.
std::vector<std::size_t> heights(std::size_t tables, std::size_t focus, std::size_t body) {
  constexpr std::size_t kLeast = 3;  // a header, and some rows
  const std::size_t gaps = tables - 1;
  std::vector<std::size_t> heights(tables, 0);
  if (tables > 1 && body >= kLeast * tables + gaps) {
    const std::size_t others = std::max(kLeast, (body - gaps) / (tables + 1));
    std::fill(heights.begin(), heights.end(), others);
    heights[focus] = body - gaps - others * gaps;
  } else {
    heights[focus] = body;
  }
  return heights;
}

void add_tables(StyledLines& lines, const TopPage& page, const TopState& state, TopSize body) {
  const std::size_t focus = std::min(state.focus, page.tables.size() - 1);
  const auto of_each = heights(page.tables.size(), focus, body.height);
  const bool with_gaps = page.tables.size() > 1 && of_each[focus == 0 ? 1 : 0] > 0;
  for (std::size_t i = 0; i < page.tables.size(); ++i) {
    if (with_gaps && i > 0) lines.emplace_back();
    const TopTable& table = page.tables[i];
    add_table(lines, table, selected_row(table, state.selected_in(i)), i == focus,
              {body.width, of_each[i]});
  }
}

// --- around them ---------------------------------------------------------------------------------

// Lines that are too long go on in the next one.
std::vector<std::string> wrapped(const std::vector<std::string>& text, std::size_t width) {
  const std::string indent(width >= 40 ? 8 : 0, ' ');
  std::vector<std::string> lines;
  if (width == 0) return lines;
  for (std::string rest : text) {
    while (text_width(rest) > width) {
      const auto cut = first_columns(rest, width);
      lines.push_back(rest.substr(0, cut));
      rest.replace(0, cut, indent);
    }
    lines.push_back(std::move(rest));
  }
  return lines;
}

std::size_t last_scroll(const std::vector<std::string>& text, TopSize body) {
  return text.size() - std::min(text.size(), body.height);
}

void add_text(StyledLines& lines, const std::vector<std::string>& text, std::size_t scroll,
              TopSize body) {
  const std::size_t first = std::min(scroll, last_scroll(text, body));
  for (std::size_t i = first; i < std::min(text.size(), first + body.height); ++i) {
    lines.push_back(fitted(StyledLine(text[i]), body.width));
  }
}

std::vector<std::string> help_text(const TopPage& page) {
  auto text = key_help(page);
  text.emplace_back();
  text.insert(text.end(), page.help.begin(), page.help.end());
  return text;
}

StyledLine bottom_line(const TopPage& page, const TopState& state) {
  if (state.typing) return StyledLine("/" + state.filter + "_  Enter: filter  Esc: none");
  if (!state.message.empty()) return StyledLine(state.message, Look::kWarning);
  if (state.help) return StyledLine("any key: back", Look::kDim);
  if (state.opened) return StyledLine("Esc: back  Up/Down: scroll  q: quit", Look::kDim);
  std::string text = "q quit  Tab next  Enter open  s sort  / filter  p pause  ";
  text += page.can_write ? "w write  " : "";
  text += "? help";
  if (!state.filter.empty()) text = fmt::format("filter: {}  (Esc: none)  ", state.filter) + text;
  return StyledLine(text, Look::kDim);
}

StyledLine about_line(const TopPage& page, const TopState& state) {
  const TopTable* table = focused(page, state);
  if (table == nullptr || table->rows.empty()) return StyledLine();
  const auto row = selected_row(*table, state.selected_in(state.focus));
  return StyledLine(table->rows[row].about);
}

bool shows_text(const TopPage& page, const TopState& state) {
  return state.help || (state.opened && page.opened);
}

std::vector<std::string> shown_text(const TopPage& page, const TopState& state) {
  return state.help ? help_text(page) : *page.opened;
}

// What there is room for, in lines: the less there is, the more goes to the body.
struct Parts {
  std::size_t head = 0;
  std::size_t gap = 0;
  std::size_t body = 0;
  bool about = false;
  bool bottom = false;
};

Parts split(const TopPage& page, const TopState& state, TopSize size) {
  const std::size_t room = size.height < 6 ? 1 : size.height < 12 ? 2 : page.head.size();
  Parts parts;
  parts.head = std::min(room, page.head.size());
  parts.gap = size.height >= 16 ? 1 : 0;
  parts.about = size.height >= 12 && !shows_text(page, state);
  parts.bottom = size.height >= 4;
  const std::size_t others = parts.head + parts.gap + parts.about + parts.bottom;
  parts.body = size.height - std::min(size.height, others);
  return parts;
}

}  // namespace

const std::string& TopState::selected_in(std::size_t table) const {
  static const std::string kNone;
  return table < selected.size() ? selected[table] : kNone;
}

const TopTable* focused(const TopPage& page, const TopState& state) {
  if (page.tables.empty()) return nullptr;
  return &page.tables[std::min(state.focus, page.tables.size() - 1)];
}

std::size_t selected_row(const TopTable& table, const std::string& key) {
  auto is_it = [&](const TopRow& row) { return row.key == key; };
  auto row = std::find_if(table.rows.begin(), table.rows.end(), is_it);
  return row == table.rows.end() ? 0 : static_cast<std::size_t>(row - table.rows.begin());
}

bool passes(const std::string& text, const std::string& filter) {
  auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
  return std::search(text.begin(), text.end(), filter.begin(), filter.end(), same) != text.end() ||
         filter.empty();
}

void settle(TopState& state, const TopPage& page, TopSize size) {
  if (!shows_text(page, state)) return;
  const Parts parts = split(page, state, size);
  const auto text = wrapped(shown_text(page, state), size.width);
  state.scroll = std::min(state.scroll, last_scroll(text, {size.width, parts.body}));
}

StyledLines lay_out(const TopPage& page, const TopState& state, TopSize size) {
  StyledLines lines;
  if (size.height == 0 || size.width == 0) return lines;
  const Parts parts = split(page, state, size);
  for (std::size_t i = 0; i < parts.head; ++i) lines.push_back(fitted(page.head[i], size.width));
  lines.resize(parts.head + parts.gap);
  const TopSize body{size.width, parts.body};
  if (shows_text(page, state)) {
    add_text(lines, wrapped(shown_text(page, state), size.width), state.scroll, body);
  } else if (!page.tables.empty()) {
    add_tables(lines, page, state, body);
  }
  lines.resize(parts.head + parts.gap + parts.body);
  if (parts.about) lines.push_back(fitted(about_line(page, state), size.width));
  if (parts.bottom) lines.push_back(fitted(bottom_line(page, state), size.width));
  return lines;
}

StyledLines lay_out_plain(const TopPage& page, std::size_t rows) {
  StyledLines lines = page.head;
  for (const TopTable& table : page.tables) {
    lines.emplace_back();
    const std::size_t shown = std::max<std::size_t>(1, std::min(rows, table.rows.size()));
    add_table(lines, table, 0, false, {kNoLimit, shown + 1});
    if (shown < table.rows.size()) {
      lines.emplace_back(fmt::format("  and {} more", thousands(table.rows.size() - shown)));
    }
  }
  return lines;
}

}  // namespace gosnoop::output
