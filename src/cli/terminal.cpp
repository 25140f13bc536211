// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <iostream>

#include "base/file_buffer.h"
#include "base/patient_write.h"

namespace gosnoop::cli {

bool colored() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }

Result<void> flush_output(std::string_view what) {
  if (std::cout.flush()) return {};
  const auto* buffer = dynamic_cast<const FileBuffer*>(std::cout.rdbuf());
  const int error = buffer == nullptr ? EIO : buffer->os_error();
  return fail(
      ErrorCode::kIo,
      fmt::format("{} could not be written to standard output: {}", what, why_not_written(error)),
      "check the disk or the reader of the pipe", error);
}

}  // namespace gosnoop::cli
