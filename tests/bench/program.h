// SPDX-License-Identifier: Apache-2.0
// A made-up program as the records it would leave.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "event/wire.h"

namespace gosnoop::bench {

// A program that creates, blocks and ends goroutines, oldest first, from a few dozen lines.
class Program {
 public:
  explicit Program(std::size_t live) : live_(live) {}

  std::vector<std::byte> next() {
    time_ += 1000;
    switch (step_++ % 3) {
      case 0:
        return create();
      case 1:
        return block();
      default:
        return running_.size() > live_ ? exit() : create();
    }
  }

 private:
  std::vector<std::byte> create() {
    running_.push_back(++goid_);
    return event::encode(event::GoCreate{.time = time_,
                                         .goid = goid_,
                                         .parent = 1,
                                         .start_pc = 0x1000 + goid_ % 37,
                                         .go_pc = 0x2000 + goid_ % 37,
                                         .stack = 1 + goid_ % 97});
  }
  std::vector<std::byte> block() {
    return event::encode(event::GoBlock{.time = time_,
                                        .goid = running_[step_ * 7919 % running_.size()],
                                        .duration_ns = 1'000'000,
                                        .stack = 1000 + step_ % 61,
                                        .waker = event::Waker::kGoroutine,
                                        .waker_stack = 2000 + step_ % 13,
                                        .reason = 3});
  }
  std::vector<std::byte> exit() {
    auto goid = running_.front();
    running_.pop_front();
    return event::encode(event::GoExit{.time = time_, .goid = goid});
  }

  std::size_t live_;
  std::size_t step_ = 0;
  event::TimeNs time_ = 1'000'000'000;
  event::Goid goid_ = 0;
  std::deque<event::Goid> running_;
};

}  // namespace gosnoop::bench
