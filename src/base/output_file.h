// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gosnoop {

// A file that is there whole or not at all: it is written as PATH.part and renamed when complete.
// What is no regular file (/dev/stdout, a pipe) is written as it is.
class OutputFile {
 public:
  // An Error where it cannot be written: now is the time to say so, not after a minute of tracing.
  static Result<OutputFile> create(const std::string& path);

  OutputFile(OutputFile&&) noexcept;
  OutputFile& operator=(OutputFile&&) noexcept;
  // Without commit() nothing is left, and a file that was there stays.
  ~OutputFile();

  // Stays where it is when the OutputFile is moved.
  std::ostream& stream();
  // An Error (kIo) where something could not be written: the disk is full.
  Result<void> check() const;
  // Writes the rest and gives the file its name.
  Result<void> commit();

 private:
  struct Impl;
  explicit OutputFile(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

// Writes a whole file in one go.
Result<void> write_file(const std::string& path, std::string_view data);

// What gosnoop writes under sudo belongs to the user who asked: reading it needs no root.
void give_to_sudo_user(int fd);

}  // namespace gosnoop
