// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>

#include "base/result.h"
#include "cli/screen.h"
#include "cli/stop.h"
#include "output/top_keys.h"
#include "output/top_page.h"

namespace gosnoop::cli {

// Where the live view is shown: the terminal, or standard output as plain text.
class TopOutput {
 public:
  // `screen`: null for plain text.
  explicit TopOutput(std::unique_ptr<Screen> screen) : screen_(std::move(screen)) {}

  bool is_plain() const { return screen_ == nullptr; }
  // In plain text only where `fresh`: a block for what was looked at anew. An Error (kIo) where it
  // could not be written.
  Result<void> show(const output::TopPage& page, output::TopState& state, bool fresh);
  // Takes a key, if one was pressed or is within a moment; `page` is to be made anew then. kQuit
  // also for a signal, and where the terminal is gone.
  output::TopAction take_key(StopSignal& stop, output::TopState& state,
                             const output::TopPage& page);
  // A key was taken since the page was shown.
  bool is_touched() const { return touched_; }
  // Something else wrote to the terminal.
  void forget();
  // Back to the terminal as it was, for lines that stay there.
  void close() { screen_.reset(); }

 private:
  void draw(const output::TopPage& page, output::TopState& state);

  std::unique_ptr<Screen> screen_;
  bool touched_ = true;
  bool more_keys_ = false;  // may be there
};

}  // namespace gosnoop::cli
