// SPDX-License-Identifier: Apache-2.0
#include "cli/screen.h"

#include <curses.h>
#include <fmt/format.h>
#include <langinfo.h>
#include <poll.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>
#include <cstring>
#include <cwchar>
#include <cwctype>
#include <string>
#include <string_view>
#include <utility>

namespace gosnoop::cli {
namespace {

using output::Look;
using output::TopKey;
using Kind = TopKey::Kind;

constexpr short kRed = 1, kYellow = 2, kGreen = 3;  // colour pairs
constexpr int kEscape = 27;
constexpr int kEscapeWaitMs = 50;  // for the rest of a key that begins with it, over a slow line

attr_t attribute(Look look, bool colors) {
  auto pair = [&](short number) { return colors ? COLOR_PAIR(number) : A_NORMAL; };
  switch (look) {
    case Look::kStrong:
      return A_BOLD;
    case Look::kDim:
      return colors ? A_DIM : A_NORMAL;
    case Look::kAlarm:
      return A_BOLD | pair(kRed);
    case Look::kWarning:
      return A_BOLD | pair(kYellow);
    case Look::kGood:
      return pair(kGreen);
    case Look::kPlain:
      break;
  }
  return A_NORMAL;
}

struct Character {
  wchar_t shown = L'?';  // for what the terminal has not, and for what is no text
  std::size_t bytes = 1;
};

// The first one of a text in UTF-8, which need not be the terminal's character set.
Character first_character(std::string_view text, bool utf8) {
  if (!utf8) {
    if (text.starts_with("µ")) return {L'u', std::strlen("µ")};
    if (text.starts_with("…")) return {L'~', std::strlen("…")};
  }
  std::mbstate_t state{};
  wchar_t c = 0;
  const std::size_t size = std::mbrtowc(&c, text.data(), text.size(), &state);
  if (size == 0 || size > text.size()) return {};
  return {std::iswprint(static_cast<std::wint_t>(c)) != 0 ? c : L'?', size};
}

std::wstring wide(std::string_view text, bool utf8) {
  std::wstring result;
  while (!text.empty()) {
    const auto next = first_character(text, utf8);
    result += next.shown;
    text.remove_prefix(next.bytes);
  }
  return result;
}

Kind kind_of(int code) {
  switch (code) {
    case KEY_UP:
      return Kind::kUp;
    case KEY_DOWN:
      return Kind::kDown;
    case KEY_PPAGE:
      return Kind::kPageUp;
    case KEY_NPAGE:
      return Kind::kPageDown;
    case KEY_HOME:
      return Kind::kHome;
    case KEY_END:
      return Kind::kEnd;
    case KEY_ENTER:
    case '\n':
    case '\r':
      return Kind::kEnter;
    case kEscape:
      return Kind::kEscape;
    case '\t':
      return Kind::kTab;
    case KEY_BTAB:
      return Kind::kBackTab;
    case KEY_BACKSPACE:
    case 127:
    case '\b':
      return Kind::kBackspace;
    case 3:  // Ctrl-C: the terminal is in raw mode, where it is a key like others
      return Kind::kInterrupt;
    case KEY_RESIZE:
      return Kind::kResize;
    default:
      return Kind::kCharacter;
  }
}

tl::unexpected<Error> no_screen(const std::string& why) {
  return fail(ErrorCode::kUsage, why, "use --plain");
}

}  // namespace

struct Screen::Impl {
  SCREEN* screen = nullptr;
  bool colors = false;
  bool utf8 = false;

  ~Impl() {
    if (screen == nullptr) return;
    ::endwin();
    ::delscreen(screen);
  }
  void start();
  void draw_line(int y, const output::StyledLine& line) const;
};

void Screen::Impl::start() {
  ::raw();
  ::noecho();
  ::nonl();
  ::keypad(stdscr, TRUE);
  ::nodelay(stdscr, TRUE);
  ::set_escdelay(kEscapeWaitMs);
  ::curs_set(0);
  colors = std::getenv("NO_COLOR") == nullptr && ::has_colors() && ::start_color() == OK;
  if (!colors) return;
  ::use_default_colors();
  ::init_pair(kRed, COLOR_RED, -1);
  ::init_pair(kYellow, COLOR_YELLOW, -1);
  ::init_pair(kGreen, COLOR_GREEN, -1);
}

void Screen::Impl::draw_line(int y, const output::StyledLine& line) const {
  ::wmove(stdscr, y, 0);
  ::wclrtoeol(stdscr);
  for (const auto& part : line.parts) {
    ::wattrset(stdscr, static_cast<int>(attribute(part.look, colors) |
                                        (line.selected ? A_REVERSE : A_NORMAL)));
    const auto text = wide(part.text, utf8);
    ::waddnwstr(stdscr, text.data(), static_cast<int>(text.size()));
  }
  ::wattrset(stdscr, static_cast<int>(A_NORMAL));
}

Result<std::unique_ptr<Screen>> Screen::open() {
  if (::isatty(STDIN_FILENO) == 0 || ::isatty(STDOUT_FILENO) == 0) {
    return no_screen("standard input or output is no terminal");
  }
  const char* term = std::getenv("TERM");
  const std::string name = term == nullptr ? "" : term;
  std::setlocale(LC_CTYPE, "");
  auto impl = std::make_unique<Impl>();
  impl->utf8 = std::strcmp(::nl_langinfo(CODESET), "UTF-8") == 0;
  // Not initscr(), which ends the program where it fails.
  impl->screen = name.empty() ? nullptr : ::newterm(nullptr, stdout, stdin);
  if (impl->screen == nullptr) return no_screen(fmt::format("nobody knows terminal '{}'", name));
  const char* moves = ::tigetstr("cup");
  if (moves == nullptr || *moves == '\0')
    return no_screen(fmt::format("terminal '{}' cannot move its cursor", name));
  impl->start();
  return std::unique_ptr<Screen>(new Screen(std::move(impl)));
}

Screen::Screen(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Screen::~Screen() = default;

output::TopSize Screen::size() const {
  auto count = [](int number) { return static_cast<std::size_t>(number > 0 ? number : 0); };
  return {count(getmaxx(stdscr)), count(getmaxy(stdscr))};
}

// A line that is too wide runs over into the next one, which is then drawn anew.
void Screen::draw(const output::StyledLines& lines) {
  ::werase(stdscr);
  for (std::size_t y = 0; y < lines.size(); ++y) {
    impl_->draw_line(static_cast<int>(y), lines[y]);
  }
  ::wrefresh(stdscr);
}

void Screen::forget() { ::clearok(stdscr, TRUE); }

std::optional<TopKey> Screen::next_key() {
  const int code = ::wgetch(stdscr);
  if (code == ERR) return std::nullopt;
  const Kind kind = kind_of(code);
  const bool is_text = kind == Kind::kCharacter && code >= ' ' && code < 256;
  if (kind == Kind::kCharacter && !is_text) return TopKey{Kind::kResize, 0};  // means nothing
  return TopKey{kind, is_text ? static_cast<char>(code) : '\0'};
}

bool Screen::is_gone() const {
  pollfd terminal{STDIN_FILENO, 0, 0};
  return ::poll(&terminal, 1, 0) > 0 && (terminal.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

}  // namespace gosnoop::cli
