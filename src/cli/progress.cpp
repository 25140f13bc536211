// SPDX-License-Identifier: Apache-2.0
#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "output/units.h"

namespace gosnoop::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPause{200};
constexpr std::uint64_t kLookEvery = 1 << 12;  // bytes: a clock is not read for each record

}  // namespace

Progress::Progress(const std::string& what, std::uint64_t bytes, RecordSink& next, int fd,
                   milliseconds first)
    : what_(output::printable(what)),
      bytes_(bytes),
      next_(next),
      fd_(::isatty(fd) != 0 ? fd : -1),
      due_(Clock::now() + first) {}

Progress::~Progress() {
  if (shown_) show("");
}

Result<void> Progress::on_record(Bytes record) {
  auto before = done_;
  done_ += record.size();
  if (fd_ >= 0 && bytes_ != 0 && before / kLookEvery != done_ / kLookEvery) report();
  return next_.on_record(record);
}

void Progress::report() {
  auto now = Clock::now();
  if (now < due_) return;
  due_ = now + kPause;
  show(fmt::format("gosnoop: {}, {} %", what_, std::min<std::uint64_t>(100, 100 * done_ / bytes_)));
  shown_ = true;
}

// The line anew (ECMA-48, EL). It is no matter where that fails.
void Progress::show(const std::string& text) {
  auto line = "\r\033[K" + text;
  (void)!::write(fd_, line.data(), line.size());
}

}  // namespace gosnoop::cli
