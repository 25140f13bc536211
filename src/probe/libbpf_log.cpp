// SPDX-License-Identifier: Apache-2.0
#include "probe/libbpf_log.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace gosnoop::probe {
namespace {

thread_local std::string* current = nullptr;

int append(libbpf_print_level level, const char* format, va_list arguments) {
  if (current == nullptr || level == LIBBPF_DEBUG) return 0;
  va_list again;
  va_copy(again, arguments);
  int size = std::vsnprintf(nullptr, 0, format, again);
  va_end(again);
  std::string line(static_cast<std::size_t>(std::max(size, 0)) + 1, '\0');
  std::vsnprintf(line.data(), line.size(), format, arguments);
  line.pop_back();
  current->append(line);
  return size;
}

// The last line that says something.
std::string last_line(std::string_view text) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  auto newline = text.rfind('\n');
  return std::string(newline == std::string_view::npos ? text : text.substr(newline + 1));
}

std::string_view hint_for(int os_error) {
  switch (os_error) {
    case EPERM:
      return "run gosnoop as root; in a container add the capabilities BPF, PERFMON and "
             "SYS_PTRACE; `gosnoop doctor` says what is missing";
    case ENOMEM:
    case E2BIG:
      return "give it less memory to ask for: --ring-size 4M; or raise RLIMIT_MEMLOCK";
    case ESRCH:
      return "the target has exited";
    default:
      return "see what `gosnoop doctor` says; if all is ok there, please report this with its "
             "output";
  }
}

}  // namespace

std::string reason_in(std::string_view log) {
  auto statistics = log.rfind("\nprocessed ");
  return last_line(log.substr(0, statistics));
}

LibbpfLog::LibbpfLog() : outer_(current) {
  current = &text_;
  libbpf_set_print(append);
}

LibbpfLog::~LibbpfLog() { current = outer_; }

Error LibbpfLog::error(std::string_view what, int os_error) const {
  std::string message = fmt::format("{}: {}", what, std::strerror(os_error));
  if (auto line = reason_in(text_); !line.empty()) message += " (" + line + ")";
  bool denied = os_error == EPERM;  // EACCES is the verifier's
  return Error{denied ? ErrorCode::kNoPermission : ErrorCode::kKernel, std::move(message),
               std::string(hint_for(os_error)), os_error};
}

}  // namespace gosnoop::probe
