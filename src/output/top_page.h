// SPDX-License-Identifier: Apache-2.0
// A screen of the live view: some lines, then tables of which one has the focus. Pure: what it
// shows and what the user chose in, lines for a terminal of any size out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "output/styled_line.h"

namespace gosnoop::output {

struct TopColumn {
  std::string title;
  std::size_t width = 0;       // of the last column: as much as there is
  bool right = false;          // numbers are
  std::size_t from_width = 0;  // of the terminal: narrower ones do without the column
};

struct TopRow {
  std::string key;                 // says which one it is, from one page to the next
  std::vector<std::string> cells;  // one a column; the end of the last is shown where it is long
  Look look = Look::kPlain;
  std::string about;  // a line more, while it is selected
};

struct TopTable {
  std::vector<TopColumn> columns;  // at least one
  std::vector<TopRow> rows;        // filtered and sorted
  std::size_t all = 0;             // rows without the filter
  std::string sorted_by;
  std::string empty;  // said where there are no rows
};

struct TopPage {
  StyledLines head;  // most important first
  std::vector<TopTable> tables;
  // What was opened, in place of the tables.
  std::optional<std::vector<std::string>> opened;
  std::vector<std::string> help;  // beneath the keys: what the columns mean
  bool can_write = false;         // a report
  bool can_return = false;        // to where it was opened from
};

// What the user chose.
struct TopState {
  std::size_t focus = 0;              // which table
  std::vector<std::string> selected;  // key of a row, by table
  std::vector<std::size_t> sort;      // by table: counts up, each table takes its own modulo
  std::string filter;
  bool typing = false;  // the filter
  bool opened = false;  // the selected row
  bool help = false;
  bool paused = false;
  std::size_t scroll = 0;  // first line shown of what is opened, or of the help
  std::string message;     // shown until the next key

  std::size_t sort_of(std::size_t table) const { return table < sort.size() ? sort[table] : 0; }
  const std::string& selected_in(std::size_t table) const;
};

struct TopSize {
  std::size_t width = 80;
  std::size_t height = 24;
};

// Keeps what is scrolled within what there is; before lay_out().
void settle(TopState& state, const TopPage& page, TopSize size);

// At most `height` lines of at most `width` columns; none where there is no room for one.
StyledLines lay_out(const TopPage& page, const TopState& state, TopSize size);

// Everything, for who cannot move the cursor: of each table up to `rows` rows, nothing cut.
StyledLines lay_out_plain(const TopPage& page, std::size_t rows);

// The table with the focus; nullptr where there is none.
const TopTable* focused(const TopPage& page, const TopState& state);
// Its selected row: the first where the one selected is not there; 0 where there are no rows.
std::size_t selected_row(const TopTable& table, const std::string& key);

// Does `text` hold `filter`, in whatever case?
bool passes(const std::string& text, const std::string& filter);

}  // namespace gosnoop::output
