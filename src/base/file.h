// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace gosnoop {

// The whole of a small text file, such as those of /proc.
Result<std::string> read_text_file(const std::string& path);

// A regular file mapped read-only (MAP_PRIVATE). Holds the mapping, not the descriptor.
class MappedFile {
 public:
  // Opens `path` following links (/proc/PID/exe gives the file that is mapped, even if it was
  // deleted or replaced on disk since).
  static Result<MappedFile> open(const std::string& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  Bytes bytes() const { return bytes_; }

 private:
  explicit MappedFile(Bytes bytes) : bytes_(bytes) {}

  Bytes bytes_;
};

}  // namespace gosnoop
