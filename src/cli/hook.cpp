// SPDX-License-Identifier: Apache-2.0
#include "cli/hook.h"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "output/units.h"
#include "target/limited_run.h"

namespace gosnoop::cli {
namespace {

using target::LimitedRun;

constexpr std::size_t kMostWaiting = 16;

// "" where it did well, or was stopped with gosnoop.
std::string what_went_wrong(const LimitedRun& run, std::chrono::milliseconds limit) {
  switch (run.end) {
    case LimitedRun::End::kExited:
      return run.status == 0 ? "" : fmt::format("ended with status {}", run.status);
    case LimitedRun::End::kKilled:
      return fmt::format("was killed by signal {}", run.status);
    case LimitedRun::End::kTimedOut:
      return "was killed after " +
             output::duration(static_cast<std::uint64_t>(std::chrono::nanoseconds(limit).count()));
    case LimitedRun::End::kNotStarted:
      return fmt::format("cannot be run: {}", std::strerror(run.status));
    case LimitedRun::End::kStopped:
      break;
  }
  return "";
}

std::string first_line(const std::string& text) {
  return output::printable(text.substr(0, text.find('\n')));
}

}  // namespace

Result<std::unique_ptr<Hook>> Hook::start(std::string command, std::chrono::milliseconds limit,
                                          Say say) {
  Fd stop(::eventfd(0, EFD_CLOEXEC));
  if (!stop) {
    return fail(ErrorCode::kIo, fmt::format("eventfd: {}", std::strerror(errno)),
                "free some file descriptors (ulimit -n)", errno);
  }
  std::unique_ptr<Hook> hook(new Hook(std::move(command), limit, std::move(say), std::move(stop)));
  hook->thread_ = std::thread([hook = hook.get()] { hook->work(); });
  return hook;
}

Hook::~Hook() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ::eventfd_write(stop_.get(), 1);
  changed_.notify_one();
  thread_.join();
}

void Hook::run(std::string text) {
  const std::lock_guard lock(mutex_);
  if (waiting_.size() >= kMostWaiting) {
    ++outcomes_["dropped"];
    return;
  }
  waiting_.push_back(std::move(text));
  changed_.notify_one();
}

std::map<std::string, std::uint64_t> Hook::outcomes() const {
  const std::lock_guard lock(mutex_);
  return outcomes_;
}

void Hook::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    if (stopping_) return;
    auto text = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    run_once(text);
    lock.lock();
  }
}

void Hook::run_once(const std::string& text) {
  auto run = target::run_limited(command_, text, limit_, stop_.get());
  if (run.end == LimitedRun::End::kStopped) return;
  auto wrong = what_went_wrong(run, limit_);
  count(wrong.empty() ? "ok" : run.end == LimitedRun::End::kTimedOut ? "timed_out" : "failed");
  if (wrong.empty()) return;
  auto said = first_line(run.error_output);
  say_(fmt::format("the hook {}{}{}", wrong, said.empty() ? "" : ": ", said));
}

void Hook::count(const std::string& outcome) {
  const std::lock_guard lock(mutex_);
  ++outcomes_[outcome];
}

}  // namespace gosnoop::cli
