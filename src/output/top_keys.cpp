// SPDX-License-Identifier: Apache-2.0
#include "output/top_keys.h"

#include <algorithm>

namespace gosnoop::output {
namespace {

using Kind = TopKey::Kind;

constexpr std::ptrdiff_t kPage = 10;
constexpr std::ptrdiff_t kAll = 1 << 20;
constexpr std::size_t kEndless = std::size_t{1} << 21;  // settle() knows the end

// How far a key goes down; 0: it goes nowhere.
std::ptrdiff_t steps(const TopKey& key) {
  switch (key.kind) {
    case Kind::kUp:
      return -1;
    case Kind::kDown:
      return 1;
    case Kind::kPageUp:
      return -kPage;
    case Kind::kPageDown:
      return kPage;
    case Kind::kHome:
      return -kAll;
    case Kind::kEnd:
      return kAll;
    case Kind::kCharacter:
      return key.character == 'j' ? 1 : key.character == 'k' ? -1 : 0;
    default:
      return 0;
  }
}

std::size_t moved(std::size_t from, std::ptrdiff_t by, std::size_t end) {
  const auto to = static_cast<std::ptrdiff_t>(from) + by;
  const auto last = static_cast<std::ptrdiff_t>(end) - 1;
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, std::min(to, last)));
}

void focus_on(TopState& state, std::size_t table, const TopPage& page) {
  if (!page.tables.empty()) state.focus = table % page.tables.size();
}

void move_selection(TopState& state, std::ptrdiff_t by, const TopPage& page) {
  const TopTable* table = focused(page, state);
  if (table == nullptr || table->rows.empty()) return;
  const auto row = selected_row(*table, state.selected_in(state.focus));
  if (state.selected.size() <= state.focus) state.selected.resize(state.focus + 1);
  state.selected[state.focus] = table->rows[moved(row, by, table->rows.size())].key;
}

void sort_next(TopState& state) {
  if (state.sort.size() <= state.focus) state.sort.resize(state.focus + 1);
  ++state.sort[state.focus];
}

// One character less: all its bytes of UTF-8.
void erase_last(std::string& text) {
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty()) text.pop_back();
}

void type(TopState& state, const TopKey& key) {
  switch (key.kind) {
    case Kind::kCharacter:
      state.filter += key.character;
      break;
    case Kind::kBackspace:
      erase_last(state.filter);
      break;
    case Kind::kEscape:
      state.filter.clear();
      state.typing = false;
      break;
    case Kind::kEnter:
      state.typing = false;
      break;
    default:
      break;
  }
}

TopAction open(TopState& state, const TopPage& page) {
  const TopTable* table = focused(page, state);
  if (table == nullptr || table->rows.empty()) return TopAction::kNone;
  move_selection(state, 0, page);  // from now on it is this one, wherever it moves
  state.opened = true;
  state.scroll = 0;
  return TopAction::kOpen;
}

TopAction escape(TopState& state, const TopPage& page) {
  if (state.opened) {
    state.opened = false;
  } else if (!state.filter.empty()) {
    state.filter.clear();
  } else if (page.can_return) {
    return TopAction::kReturn;
  }
  return TopAction::kNone;
}

TopAction press_character(TopState& state, char character, const TopPage& page) {
  switch (character) {
    case 'q':
      return TopAction::kQuit;
    case 's':
      sort_next(state);
      break;
    case '/':
      state.typing = true;
      state.filter.clear();
      break;
    case 'p':
    case ' ':
      state.paused = !state.paused;
      break;
    case 'g':
      focus_on(state, state.focus == 0 ? 1 : 0, page);
      break;
    case 'w':
      return page.can_write ? TopAction::kWrite : TopAction::kNone;
    case '?':
    case 'h':
      state.help = true;
      state.scroll = 0;
      break;
    default:
      break;
  }
  return TopAction::kNone;
}

TopAction press_plain(TopState& state, const TopKey& key, const TopPage& page) {
  if (const auto by = steps(key); by != 0) {
    if (state.opened) {
      state.scroll = moved(state.scroll, by, kEndless);
    } else {
      move_selection(state, by, page);
    }
    return TopAction::kNone;
  }
  switch (key.kind) {
    case Kind::kCharacter:
      return press_character(state, key.character, page);
    case Kind::kEnter:
      return state.opened ? TopAction::kNone : open(state, page);
    case Kind::kEscape:
    case Kind::kBackspace:
      return escape(state, page);
    case Kind::kTab:
      focus_on(state, state.focus + 1, page);
      break;
    case Kind::kBackTab:
      focus_on(state, state.focus + page.tables.size() - 1, page);
      break;
    default:
      break;
  }
  return TopAction::kNone;
}

}  // namespace

TopAction press(TopState& state, const TopKey& key, const TopPage& page) {
  if (key.kind == Kind::kInterrupt) return TopAction::kQuit;
  if (key.kind == Kind::kResize) return TopAction::kNone;
  state.message.clear();
  if (state.typing) {
    type(state, key);
    return TopAction::kNone;
  }
  if (state.help) {
    const auto by = steps(key);
    state.help = by != 0;
    if (by != 0) state.scroll = moved(state.scroll, by, kEndless);
    return TopAction::kNone;
  }
  return press_plain(state, key, page);
}

std::vector<std::string> key_help(const TopPage& page) {
  std::vector<std::string> help = {
      "q, Ctrl-C   quit",
      "Up, Down    another row (also j, k, PgUp, PgDn, Home, End)",
      "Tab         the next table",
      "Enter       open the row; Esc goes back",
      "s           sort the table by the next column",
      "/           show only rows with this text; Esc: all again",
      "p, Space    pause the display, not the tracing",
  };
  if (page.tables.size() > 1) {
    help.emplace_back("g           by the line that created them, or by the line they wait at");
  }
  if (page.can_write) help.emplace_back("w           write the report so far to a file");
  if (page.can_return) help.emplace_back("Esc         back to all processes");
  return help;
}

}  // namespace gosnoop::output
