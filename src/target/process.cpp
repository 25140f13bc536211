// SPDX-License-Identifier: Apache-2.0
#include "target/process.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "base/file.h"
#include "target/proc_text.h"

namespace gosnoop::target {
namespace {

std::string proc_path(pid_t pid, std::string_view name) {
  return fmt::format("/proc/{}/{}", pid, name);
}

tl::unexpected<Error> no_such_process(pid_t pid, std::string_view what) {
  return fail(ErrorCode::kNoSuchProcess, fmt::format("pid {}: {}", pid, what),
              "list the running Go programs with `gosnoop ps`");
}

bool is_kernel_thread(pid_t pid) {
  constexpr int kFlags = 9;                        // proc_pid_stat(5)
  constexpr unsigned long kKthread = 0x0020'0000;  // include/linux/sched.h, PF_KTHREAD
  auto stat = read_text_file(proc_path(pid, "stat")).value_or("");
  return (std::strtoul(std::string(stat_field(stat, kFlags)).c_str(), nullptr, 10) & kKthread) != 0;
}

tl::unexpected<Error> no_executable(pid_t pid) {
  if (!is_kernel_thread(pid)) return no_such_process(pid, "is exiting");
  return fail(ErrorCode::kNotGo, fmt::format("pid {}: is a kernel thread", pid),
              "name a Go program's pid; list them with `gosnoop ps`");
}

Result<std::string> read_link(pid_t pid, const std::string& path) {
  char buffer[PATH_MAX];
  ssize_t size = ::readlink(path.c_str(), buffer, sizeof(buffer));
  if (size >= 0) return std::string(buffer, static_cast<std::size_t>(size));
  if (errno == ENOENT) return no_executable(pid);
  return fail(proc_error(pid, path, errno));
}

// Where the mapping of `exe` with file offset 0 starts. Other lines can come first: the kernel's
// uprobe trampoline page (6.18+) does.
RuntimeAddress find_exe_start(const std::string& maps, const std::string& exe) {
  std::istringstream lines(maps);
  for (std::string line; std::getline(lines, line);) {
    unsigned long long start = 0, end = 0, offset = 0;
    int path_at = 0;
    int fields =
        std::sscanf(line.c_str(), "%llx-%llx %*s %llx %*s %*s %n", &start, &end, &offset, &path_at);
    if (fields == 3 && offset == 0 && path_at > 0 && line.substr(path_at) == exe) {
      return RuntimeAddress{start};
    }
  }
  return {};
}

// The last number behind `key` in /proc/PID/status.
pid_t last_number(const std::string& status, std::string_view key, pid_t fallback) {
  std::istringstream lines(status);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(key, 0) != 0) continue;
    std::istringstream numbers(line.substr(key.size()));
    pid_t pid = fallback;
    while (numbers >> pid) continue;
    return pid;
  }
  return fallback;
}

// pidfd_open refuses what is no process: nothing with that number, or a thread of one.
tl::unexpected<Error> cannot_open(pid_t pid, int os_error) {
  auto status = read_text_file(proc_path(pid, "status"));
  pid_t process = status ? last_number(*status, "Tgid:", pid) : pid;
  if (process != pid) {
    return fail(ErrorCode::kNoSuchProcess,
                fmt::format("pid {}: is a thread of process {}", pid, process),
                fmt::format("name the process: -p {}", process));
  }
  bool none = os_error == ESRCH || os_error == EINVAL || os_error == ENOENT;
  if (none) return no_such_process(pid, "no such process");
  return fail(ErrorCode::kKernel, fmt::format("pidfd_open {}: {}", pid, std::strerror(os_error)),
              os_error == ENOSYS ? "gosnoop needs Linux 5.10 or newer"
                                 : "free some file descriptors (ulimit -n)",
              os_error);
}

Result<std::string> read_proc_file(pid_t pid, std::string_view name) {
  auto text = read_text_file(proc_path(pid, name));
  if (!text) return fail(proc_error(pid, proc_path(pid, name), text.error().os_error));
  return text;
}

Result<NamespacedPid> find_namespaced(pid_t pid) {
  struct stat info {};
  std::string path = proc_path(pid, "ns/pid");
  if (::stat(path.c_str(), &info) != 0) return fail(proc_error(pid, path, errno));
  TRY_ASSIGN(auto status, read_proc_file(pid, "status"));
  constexpr unsigned kMinorBits = 20;  // include/linux/kdev_t.h
  std::uint64_t device = (std::uint64_t{major(info.st_dev)} << kMinorBits) | minor(info.st_dev);
  return NamespacedPid{device, info.st_ino, innermost_pid(status, pid)};
}

// Field 28 of /proc/PID/stat: the address of the main stack's start, random for each execve. 0 of a
// process that gave up its memory and is exiting, and for some microseconds of execve
// (fs/binfmt_elf.c, load_elf_binary).
std::string start_stack(pid_t pid) {
  auto text = read_text_file(proc_path(pid, "stat"));
  return text ? std::string(stat_field(*text, 28)) : std::string();
}

constexpr std::string_view kDeleted = " (deleted)";

}  // namespace

pid_t innermost_pid(const std::string& status, pid_t fallback) {
  return last_number(status, "NSpid:", fallback);
}

Error proc_error(pid_t pid, const std::string& path, int os_error) {
  if (os_error == ESRCH || os_error == ENOENT) return no_such_process(pid, "is exiting").value();
  bool denied = os_error == EACCES || os_error == EPERM;
  return Error{denied ? ErrorCode::kNoPermission : ErrorCode::kIo,
               fmt::format("{}: {}", path, std::strerror(os_error)),
               denied ? "run gosnoop as root; in a container add the capability SYS_PTRACE"
                      : "free memory and file descriptors (ulimit -n), then run gosnoop again",
               os_error};
}

Result<Process> Process::open(pid_t pid) {
  Process process;
  process.pid_ = pid;
  process.pidfd_ = Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!process.pidfd_) return cannot_open(pid, errno);
  auto read = process.read_facts();
  if (!process.alive()) return no_such_process(pid, "has exited");  // whatever /proc said
  TRY(read);
  return process;
}

Result<void> Process::read_facts() {
  TRY_ASSIGN(auto exe, read_link(pid_, proc_path(pid_, "exe")));
  TRY_ASSIGN(auto maps, read_proc_file(pid_, "maps"));
  exe_start_ = find_exe_start(maps, exe);
  if (exe.ends_with(kDeleted)) exe.resize(exe.size() - kDeleted.size());
  exe_ = std::move(exe);
  TRY_ASSIGN(namespaced_, find_namespaced(pid_));
  start_stack_ = start_stack(pid_);
  return {};
}

std::string Process::exe_link() const { return proc_path(pid_, "exe"); }

bool Process::ends_within(int milliseconds) const {
  pollfd entry{pidfd_.get(), POLLIN, 0};
  return ::poll(&entry, 1, milliseconds) != 0;
}

bool Process::alive() const { return !ends_within(0); }

bool Process::same_program() const { return alive() && start_stack(pid_) == start_stack_; }

bool Process::execed() const {
  constexpr int kLooks = 50;
  for (int look = 0; look < kLooks; ++look) {
    auto stack = start_stack(pid_);
    const bool known = !stack.empty() && stack != "0";
    if (ends_within(known ? 0 : 1)) return false;
    if (known) return stack != start_stack_;
  }
  return false;
}

Result<void> Process::check_same_program() const {
  if (same_program()) return {};
  if (!execed()) return no_such_process(pid_, alive() ? "is exiting" : "has exited");
  return fail(ErrorCode::kTargetMismatch,
              fmt::format("pid {}: executed another program since gosnoop came", pid_),
              "run gosnoop again, if that one is wanted too");
}

}  // namespace gosnoop::target
