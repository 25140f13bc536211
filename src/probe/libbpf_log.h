// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gosnoop::probe {

// Keeps what libbpf prints in this thread during one operation, so that an Error can say why it
// failed. They nest: the innermost gets the lines.
class LibbpfLog {
 public:
  LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  ~LibbpfLog();

  // The Error of a failed libbpf call: `what` failed with -os_error, and the reason in the log.
  Error error(std::string_view what, int os_error) const;

 private:
  std::string text_;
  std::string* outer_;
};

// What a log ends in: the verifier's own reason, which stands before its statistics; else the last
// line.
std::string reason_in(std::string_view log);

}  // namespace gosnoop::probe
