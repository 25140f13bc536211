// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/record_sink.h"

namespace gosnoop::cli {

// Passes records on, and says on a terminal how far it is, once that takes longer than a second.
// The line is gone when the Progress is.
class Progress final : public RecordSink {
 public:
  // `what`: "reading FILE"; `bytes`: of all records, about; 0: not known, so nothing is said.
  // `fd`: nothing is said where it is no terminal; `first`: before that neither.
  Progress(const std::string& what, std::uint64_t bytes, RecordSink& next, int fd = 2,
           std::chrono::milliseconds first = std::chrono::seconds(1));
  Progress(Progress&&) = delete;
  ~Progress() override;

  Result<void> on_record(Bytes record) override;

 private:
  using Clock = std::chrono::steady_clock;

  void report();
  void show(const std::string& text);

  std::string what_;
  std::uint64_t bytes_;
  RecordSink& next_;
  int fd_;  // -1: no terminal
  bool shown_ = false;
  std::uint64_t done_ = 0;
  Clock::time_point due_;
};

}  // namespace gosnoop::cli
