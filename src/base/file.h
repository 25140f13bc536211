// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"

namespace gosnoop {

// The whole of a small text file, such as those of /proc.
Result<std::string> read_text_file(const std::string& path);

// What a file is to be: it decides what is said of one that is no regular file.
enum class FileKind { kRecording, kProgram };

// A regular file mapped read-only (MAP_PRIVATE), held open.
class MappedFile {
 public:
  // Opens `path` following links (/proc/PID/exe gives the file that is mapped, even if it was
  // deleted or replaced on disk since). Of what is no regular file kBadRecording or kBadElf.
  static Result<MappedFile> open(const std::string& path, FileKind kind = FileKind::kRecording);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  Bytes bytes() const { return bytes_; }
  // Gives back the memory of the first `size` bytes; they are read from the file again if needed.
  void forget_first(std::size_t size) const;
  // A path by which this process, and the kernel on its behalf, finds this very file, whatever
  // became of its name.
  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_.get()); }

 private:
  MappedFile(Bytes bytes, Fd fd) : bytes_(bytes), fd_(std::move(fd)) {}

  Bytes bytes_;
  Fd fd_;
};

}  // namespace gosnoop
