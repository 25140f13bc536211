// SPDX-License-Identifier: Apache-2.0
#include "target/threads.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "base/file.h"
#include "target/process.h"

namespace gosnoop::target {

Threads Threads::read(pid_t pid, const std::string& proc) {
  Threads threads;
  std::error_code error;
  const std::filesystem::path folder = fmt::format("{}/{}/task", proc, pid);
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    auto name = entry->path().filename().string();
    pid_t tid = 0;
    std::from_chars(name.data(), name.data() + name.size(), tid);
    auto status = read_text_file((entry->path() / "status").string());
    if (tid > 0 && status) threads.by_own_.emplace(innermost_pid(*status, tid), tid);
  }
  return threads;
}

pid_t Threads::find(pid_t own_tid) const {
  auto found = by_own_.find(own_tid);
  return found == by_own_.end() ? 0 : found->second;
}

}  // namespace gosnoop::target
