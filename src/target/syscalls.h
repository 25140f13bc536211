// SPDX-License-Identifier: Apache-2.0
// The system call a thread is in, with the names of the call and of its arguments.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "target/sockets.h"

namespace gosnoop::target {

struct Call {
  int number = 0;
  std::array<std::uint64_t, 6> arguments{};
  std::uint64_t sp = 0;  // of the thread, in user space
  // For a call of the past: the inode that its first argument, if that is a file descriptor, named
  // then (0: none). The descriptor may name another file by now.
  std::optional<std::uint64_t> file_inode = std::nullopt;
  std::array<std::string, 6> paths =
      {};  // what arguments that are paths point at, quoted; "": not known
};

// As strace writes a string: in quotes, with what is not printable escaped as in C.
std::string quoted(std::string_view text);

// Of the text of /proc/PID/task/TID/syscall. Nothing for a thread that runs, or that is stopped
// outside of a call (fs/proc/base.c, proc_pid_syscall).
std::optional<Call> parse_call(std::string_view text);
// The call that the thread is in now.
std::optional<Call> current_call(pid_t pid, pid_t tid);

// Writes calls as "read(fd=7 </var/log/x>, buf=0xc000010000, count=4096)".
class CallWriter {
 public:
  // `sockets` tells what the file descriptors are; it must outlive the CallWriter. `tracing`: where
  // tracefs is mounted. Where it is not, arguments have no names and all six are written.
  explicit CallWriter(const Sockets& sockets, std::string tracing = "/sys/kernel/tracing")
      : sockets_(sockets), tracing_(std::move(tracing)) {}

  std::string write(const Call& call);
  // "read"; "syscall_999" for one that is not known.
  std::string name(int number) { return signature(number).name; }

 private:
  struct Argument {
    enum class Kind { kFd, kInt, kLong, kUnsigned, kOctal, kHexadecimal } kind;
    std::string name;
  };
  struct Signature {
    std::string name;
    std::optional<std::vector<Argument>> arguments;  // nothing where the kernel does not tell
  };

  const Signature& signature(int number);
  std::string read_format(const std::string& name) const;
  static std::vector<Argument> parse_format(std::string_view format);
  static Argument parse_argument(std::string_view declaration);
  std::string value_text(const Call& call, std::size_t index, const Signature& signature) const;
  std::string fd_text(int fd) const;
  std::string past_fd_text(const Call& call, std::size_t index) const;

  const Sockets& sockets_;
  std::string tracing_;
  std::unordered_map<int, Signature> signatures_;
};

}  // namespace gosnoop::target
