// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <exception>
#include <iostream>

#include "cli/commands.h"

namespace {

int report_error(const gosnoop::Error& error) {
  std::cerr << "gosnoop: " << error.message << '\n';
  if (!error.hint.empty()) std::cerr << "  next step: " << error.hint << '\n';
  return static_cast<int>(error.code);
}

gosnoop::Result<int> run(int argc, char** argv) {
  TRY_ASSIGN(auto command, gosnoop::cli::parse_command_line(argc, argv));
  return std::visit([](const auto& chosen) { return gosnoop::cli::run(chosen); }, command);
}

}  // namespace

int main(int argc, char** argv) try {
  auto status = run(argc, argv);
  return status ? *status : report_error(status.error());
} catch (const std::exception& error) {
  std::cerr << "gosnoop: " << error.what() << '\n'
            << "  next step: please report this, with the command line\n";
  return static_cast<int>(gosnoop::ErrorCode::kInternal);
}
