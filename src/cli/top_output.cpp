// SPDX-License-Identifier: Apache-2.0
#include "cli/top_output.h"

#include <chrono>
#include <iostream>

#include "cli/terminal.h"

namespace gosnoop::cli {
namespace {

using output::TopAction;

// As often as cli/capture.cpp drains the ring; and who presses a key waits no longer.
constexpr std::chrono::milliseconds kTick{20};
constexpr std::size_t kPlainRows = 10;  // of each table

}  // namespace

Result<void> TopOutput::show(const output::TopPage& page, output::TopState& state, bool fresh) {
  if (screen_) {
    if (fresh || touched_) draw(page, state);
    touched_ = false;
    return {};
  }
  if (!fresh) return {};
  std::cout << output::plain_text(output::lay_out_plain(page, kPlainRows)) << '\n';
  return flush_output("the view");
}

TopAction TopOutput::take_key(StopSignal& stop, output::TopState& state,
                              const output::TopPage& page) {
  const auto most = more_keys_ ? std::chrono::milliseconds(0) : kTick;
  if (stop.wait(most) || (screen_ && screen_->is_gone())) return TopAction::kQuit;
  const auto key = screen_ ? screen_->next_key() : std::nullopt;
  more_keys_ = touched_ = key.has_value();
  return key ? output::press(state, *key, page) : TopAction::kNone;
}

void TopOutput::draw(const output::TopPage& page, output::TopState& state) {
  const auto size = screen_->size();
  output::settle(state, page, size);
  screen_->draw(output::lay_out(page, state, size));
}

void TopOutput::forget() {
  if (screen_) screen_->forget();
}

}  // namespace gosnoop::cli
