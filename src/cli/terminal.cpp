// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

namespace gosnoop::cli {

bool colored() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

Result<void> flush_output(std::string_view what) {
  if (std::cout.flush()) return {};
  return fail(ErrorCode::kIo, fmt::format("{} could not be written to standard output", what),
              "check the disk or the reader of the pipe");
}

}  // namespace gosnoop::cli
