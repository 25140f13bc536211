// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <iostream>

#include "base/file_buffer.h"
#include "cli/commands.h"
#include "cli/terminal.h"

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

// Standard output whose reader may stall, while it lives.
class PatientOutput {
 public:
  PatientOutput()
      : buffer_(gosnoop::Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0))),
        before_(std::cout.rdbuf(&buffer_)) {}
  PatientOutput(const PatientOutput&) = delete;
  PatientOutput& operator=(const PatientOutput&) = delete;
  ~PatientOutput() {
    std::cout.flush();
    std::cout.rdbuf(before_);
  }

 private:
  gosnoop::FileBuffer buffer_;
  std::streambuf* before_;
};

}  // namespace

int main(int argc, char** argv) try {
  const PatientOutput output;
  auto status = run(argc, argv);
  if (status) status = gosnoop::cli::flush_output("the output").map([&] { return *status; });
  return status ? *status : report_error(status.error());
} catch (const std::exception& error) {
  std::cerr << "gosnoop: " << error.what() << '\n'
            << "  next step: please report this, with the command line\n";
  return static_cast<int>(gosnoop::ErrorCode::kInternal);
}
