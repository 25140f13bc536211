// SPDX-License-Identifier: Apache-2.0
// The one error idiom of gosnoop: a Result<T> is a T or an Error that ends in a next step.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace gosnoop {

// What went wrong, in classes a caller or a script can act on. The value is gosnoop's exit status
// (docs/exit-status.md); numbers are stable.
enum class ErrorCode {
  kInternal = 1,         // a bug in gosnoop
  kUsage = 2,            // the command line
  kNoSuchProcess = 3,    // no process with that pid
  kNotGo = 4,            // the program was not built by Go
  kUnsupportedGo = 5,    // a Go version or build gosnoop cannot trace faithfully
  kNoPermission = 6,     // not root, or missing capabilities
  kNoBtf = 7,            // the kernel has no BTF
  kLockdown = 8,         // kernel lockdown forbids what gosnoop needs
  kBadElf = 9,           // the executable is damaged or inconsistent
  kIo = 10,              // a file could not be read or written (disk full, …)
  kKernel = 11,          // the kernel refused BPF or a probe
  kTargetMismatch = 12,  // file and memory of the target differ: refusing to probe
  kBadRecording = 13,    // the file is not a gosnoop recording, or of another version
  kCannotListen = 14,    // the address to serve on cannot be had
};

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;  // what was found, without a trailing full stop
  std::string hint;     // the next step for the user; empty only for kInternal
  int os_error = 0;     // errno of the failing call, 0 if none

  // The same error with `what` put before the message: "attach runtime.park_m+0xa: …".
  Error in(std::string_view what) && {
    message = std::string(what) + ": " + message;
    return std::move(*this);
  }
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string hint = {},
                                  int os_error = 0) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint), os_error});
}

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace gosnoop

#define GOSNOOP_CONCAT_(a, b) a##b
#define GOSNOOP_CONCAT(a, b) GOSNOOP_CONCAT_(a, b)

// TRY(expr): returns expr's error from the calling function, if it has one.
#define TRY(expr) TRY_(expr, GOSNOOP_CONCAT(try_result_, __LINE__))
#define TRY_(expr, name)                                                  \
  do {                                                                    \
    if (auto name = (expr); !name) {                                      \
      return ::tl::unexpected<::gosnoop::Error>(std::move(name).error()); \
    }                                                                     \
  } while (false)

// TRY_ASSIGN(auto x, expr): x = the value of expr, or returns its error.
#define TRY_ASSIGN(target, expr) TRY_ASSIGN_(target, expr, GOSNOOP_CONCAT(try_value_, __LINE__))
#define TRY_ASSIGN_(target, expr, name)                                 \
  auto name = (expr);                                                   \
  if (!name) {                                                          \
    return ::tl::unexpected<::gosnoop::Error>(std::move(name).error()); \
  }                                                                     \
  target = std::move(*name)
