// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "base/result.h"
#include "output/styled_line.h"
#include "output/top_keys.h"
#include "output/top_page.h"

namespace gosnoop::cli {

// The terminal as a screen, from open() until it is destroyed; then it is as it was before. One at
// a time. Alone sees ncurses.
class Screen {
 public:
  // An Error where standard input and output are no terminal, or one that cannot move its cursor.
  static Result<std::unique_ptr<Screen>> open();

  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;
  ~Screen();

  // It follows the terminal's as keys are read.
  output::TopSize size() const;
  void draw(const output::StyledLines& lines);
  // After something else wrote to the terminal: the next draw() draws everything.
  void forget();
  // The next key that was pressed, or nothing; never waits.
  std::optional<output::TopKey> next_key();
  // The terminal is gone.
  bool is_gone() const;

 private:
  struct Impl;
  explicit Screen(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gosnoop::cli
