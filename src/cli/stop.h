// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <signal.h>

#include <chrono>
#include <memory>
#include <optional>

#include "base/fd.h"
#include "base/patient_write.h"
#include "base/result.h"

namespace gosnoop::cli {

// Ctrl-C and SIGTERM as something to wait for. While one exists these signals do not end gosnoop.
class StopSignal {
 public:
  // `extra`: another signal that does the same.
  static Result<StopSignal> create(std::optional<int> extra = std::nullopt);

  StopSignal(StopSignal&& other) noexcept;
  StopSignal& operator=(StopSignal&&) = delete;
  ~StopSignal();

  // As if a signal had come.
  void stop() { stopped_ = true; }
  // Waits at most that long; true once a signal has come.
  bool wait(std::chrono::milliseconds most);

 private:
  StopSignal(Fd fd, sigset_t before);

  Fd fd_;
  std::unique_ptr<WhileStalled> while_stalled_;  // a signal ends the waiting for a reader, too
  sigset_t before_;
  bool stopped_ = false;
};

}  // namespace gosnoop::cli
