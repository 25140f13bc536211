// SPDX-License-Identifier: Apache-2.0
// The process that is traced: who it is and where its executable is mapped.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/address.h"
#include "base/fd.h"
#include "base/result.h"

namespace gosnoop::target {

// A process as a pid namespace sees it.
struct NamespacedPid {
  std::uint64_t device = 0;  // of the namespace, as the kernel's dev_t
  std::uint64_t inode = 0;
  pid_t pid = 0;
};

// Of the text of /proc/PID/status or /proc/PID/task/TID/status: the id in the innermost pid
// namespace; `fallback` where it does not say.
pid_t innermost_pid(const std::string& status, pid_t fallback);

// Why a file of /proc/PID cannot be used, from the errno of the failing call: kNoSuchProcess where
// the process is exiting (its files go before its pid does), kNoPermission or kIo.
Error proc_error(pid_t pid, const std::string& path, int os_error);

// Facts of one running process, read from /proc when it is opened. Holds a pidfd, so that a reused
// pid is never taken for it.
class Process {
 public:
  // kNoSuchProcess where there is none with this pid, or a zombie; kNotGo for a kernel thread.
  static Result<Process> open(pid_t pid);

  pid_t pid() const { return pid_; }
  // Its executable's path as the target sees it; " (deleted)" is cut off.
  const std::string& exe() const { return exe_; }
  // A path that opens the very file that is mapped, even where it was replaced or deleted on disk,
  // or lies in another mount namespace.
  std::string exe_link() const;
  // The lowest address the executable's start (file offset 0) is mapped at.
  RuntimeAddress exe_start() const { return exe_start_; }
  // pid in the target's own pid namespace, by which BPF programs know it.
  const NamespacedPid& namespaced() const { return namespaced_; }

  // False once it has exited (a zombie counts as exited).
  bool alive() const;
  // Is the same program still mapped? False once it exits or called execve.
  bool same_program() const;
  // Did it call execve since it was opened? Of one that is just exiting it takes up to 50 ms to
  // tell.
  bool execed() const;
  // The same as an error: kNoSuchProcess where it exits, kTargetMismatch where it called execve.
  Result<void> check_same_program() const;

 private:
  Process() = default;

  Result<void> read_facts();
  bool ends_within(int milliseconds) const;

  pid_t pid_ = 0;
  Fd pidfd_;
  std::string exe_;
  RuntimeAddress exe_start_;
  NamespacedPid namespaced_;
  std::string start_stack_;  // /proc/PID/stat startstack: changes with execve, "0" without memory
};

}  // namespace gosnoop::target
