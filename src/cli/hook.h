// SPDX-License-Identifier: Apache-2.0
// A command of the user's that is told of alerts, and cannot harm who tells it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/fd.h"
#include "base/result.h"

namespace gosnoop::cli {

// Runs the command by /bin/sh, once for each text, one at a time, with the text on its standard
// input. It has a time limit, after which it and what it started are killed; what it writes is
// thrown away, but for the first of standard error, which is said where it fails. While it runs a
// few texts wait; more are dropped.
class Hook {
 public:
  using Say = std::function<void(const std::string&)>;

  // `say`: a line for people; called in the hook's thread.
  static Result<std::unique_ptr<Hook>> start(std::string command, std::chrono::milliseconds limit,
                                             Say say);
  // Kills a command that runs.
  ~Hook();

  // Returns at once.
  void run(std::string text);
  // Runs by outcome: "ok", "failed", "timed_out", "dropped".
  std::map<std::string, std::uint64_t> outcomes() const;

 private:
  Hook(std::string command, std::chrono::milliseconds limit, Say say, Fd stop)
      : command_(std::move(command)), limit_(limit), say_(std::move(say)), stop_(std::move(stop)) {}

  void work();
  void run_once(const std::string& text);
  void count(const std::string& outcome);

  std::string command_;
  std::chrono::milliseconds limit_;
  Say say_;
  Fd stop_;  // an eventfd: readable once the hook is to end
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> waiting_;
  bool stopping_ = false;
  std::map<std::string, std::uint64_t> outcomes_;
  std::thread thread_;
};

}  // namespace gosnoop::cli
