// SPDX-License-Identifier: Apache-2.0
#include "target/find.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <optional>

#include "base/file.h"

namespace gosnoop::target {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { ::closedir(dir); }
};

// Nothing for what is not named by a number.
std::optional<pid_t> pid_of(std::string_view name) {
  pid_t pid = 0;
  auto end = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (end.ec != std::errc() || end.ptr != name.data() + name.size() || pid <= 0) return {};
  return pid;
}

Result<std::vector<pid_t>> list_pids(const std::string& proc) {
  std::unique_ptr<DIR, CloseDir> dir(::opendir(proc.c_str()));
  if (!dir) {
    return fail(ErrorCode::kIo, fmt::format("{}: {}", proc, std::strerror(errno)),
                "mount it: mount -t proc proc /proc", errno);
  }
  std::vector<pid_t> pids;
  while (const dirent* entry = ::readdir(dir.get())) {
    if (auto pid = pid_of(entry->d_name)) pids.push_back(*pid);
  }
  std::sort(pids.begin(), pids.end());
  return pids;
}

// "" for a kernel thread or a zombie, which have no command line, or one that has just ended.
std::string first_word(const std::string& folder) {
  auto words = read_text_file(folder + "/cmdline").value_or("");
  return words.substr(0, words.find('\0'));
}

}  // namespace

Result<Processes> find_processes(const std::string& proc) {
  TRY_ASSIGN(auto pids, list_pids(proc));
  Processes processes;
  for (pid_t pid : pids) {
    auto folder = fmt::format("{}/{}", proc, pid);
    struct stat info {};
    if (::stat((folder + "/exe").c_str(), &info) == 0) {
      processes.found.push_back({pid, {info.st_dev, info.st_ino}});
    } else if (errno == EACCES || errno == EPERM) {
      auto program = first_word(folder);
      if (!program.empty()) processes.hidden.push_back({pid, std::move(program)});
    }
  }
  return processes;
}

}  // namespace gosnoop::target
