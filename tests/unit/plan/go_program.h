// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdio.h>

#include <stdexcept>
#include <string>

#include "base/file.h"
#include "gobin/go_binary.h"

namespace gosnoop::plan {

// The path of a program of tests/programs, from scripts/build-program. Throws where it fails.
inline std::string build_program(const std::string& version, const std::string& mode,
                                 const std::string& name) {
  std::string command =
      GOSNOOP_SOURCE_DIR "/scripts/build-program " + version + ' ' + mode + ' ' + name;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen");
  std::string path;
  for (int c = ::fgetc(pipe); c != EOF && c != '\n'; c = ::fgetc(pipe))
    path += static_cast<char>(c);
  if (::pclose(pipe) != 0 || path.empty()) throw std::runtime_error(command + " failed");
  return path;
}

template <typename T>
T value_or_throw(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// A real Go program, as the plan sees it.
struct GoProgram {
  GoProgram(const std::string& version, const std::string& mode, const std::string& name)
      : file(value_or_throw(
            MappedFile::open(build_program(version, mode, name), FileKind::kProgram))),
        binary(value_or_throw(gobin::GoBinary::parse(file.bytes()))) {}

  MappedFile file;
  gobin::GoBinary binary;
};

}  // namespace gosnoop::plan
