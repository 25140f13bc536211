// SPDX-License-Identifier: Apache-2.0
#include "target/surroundings.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "target/container.h"
#include "target/proc_text.h"

namespace gosnoop::target {
namespace {

bool same_file(const std::string& a, const std::string& b) {
  struct stat of_a {
  }, of_b{};
  return ::stat(a.c_str(), &of_a) == 0 && ::stat(b.c_str(), &of_b) == 0 &&
         of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

// The kernel says whether the name is gone (fs/d_path.c); it is one of the process's own mount
// namespace.
Surroundings::OnDisk find_on_disk(const Process& process) {
  using enum Surroundings::OnDisk;
  if (!link_text(process.exe_link()).ends_with(" (deleted)")) return kSame;
  auto path = fmt::format("/proc/{}/root{}", process.pid(), process.exe());
  return ::access(path.c_str(), F_OK) == 0 ? kReplaced : kDeleted;
}

}  // namespace

Surroundings read_surroundings(const Process& process) {
  auto folder = fmt::format("/proc/{}", process.pid());
  auto status = read_text_file(folder + "/status").value_or("");
  Surroundings result;
  result.executable = find_on_disk(process);
  result.other_pid_namespace = !same_file(folder + "/ns/pid", "/proc/self/ns/pid");
  result.container = container_of(process.pid());
  result.tracer = std::atoi(status_field(status, "TracerPid").c_str());
  auto state = status_field(status, "State");
  result.stopped = state.starts_with('T') || state.starts_with('t');
  return result;
}

}  // namespace gosnoop::target
