// SPDX-License-Identifier: Apache-2.0
// What a key does to the live view.
#pragma once

#include "output/top_page.h"

namespace gosnoop::output {

struct TopKey {
  enum class Kind {
    kCharacter,
    kUp,
    kDown,
    kPageUp,
    kPageDown,
    kHome,
    kEnd,
    kEnter,
    kEscape,
    kTab,
    kBackTab,
    kBackspace,
    kInterrupt,  // Ctrl-C
    kResize,
  };
  Kind kind = Kind::kCharacter;
  char character = 0;  // a byte of UTF-8
};

enum class TopAction { kNone, kQuit, kReturn, kOpen, kWrite };

// Changes `state`; `page` is what the user sees. kOpen: the selected row of the focused table was
// opened, kReturn: back to where this page was opened from.
TopAction press(TopState& state, const TopKey& key, const TopPage& page);

// The keys, for the help: those that `page` knows.
std::vector<std::string> key_help(const TopPage& page);

}  // namespace gosnoop::output
