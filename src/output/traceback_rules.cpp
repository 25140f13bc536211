// SPDX-License-Identifier: Apache-2.0
#include "output/traceback_rules.h"

#include <charconv>
#include <limits>

namespace gosnoop::output {
namespace {

constexpr std::string_view kRuntime = "runtime.";

bool is_upper(std::string_view name) { return !name.empty() && name[0] >= 'A' && name[0] <= 'Z'; }

// isExportedRuntime: "runtime.Gosched", and since Go 1.23 methods only of exported types.
bool is_exported_runtime(std::string_view function, int go_minor) {
  std::string_view name = function.substr(kRuntime.size());
  if (go_minor < 23) return is_upper(name);
  std::string_view receiver;
  if (const std::size_t dot = name.rfind('.'); dot != std::string_view::npos) {
    receiver = name.substr(0, dot);
    name = name.substr(dot + 1);
    if (receiver.starts_with("(*") && receiver.ends_with(")")) {
      receiver = receiver.substr(2, receiver.size() - 3);
    }
  }
  return is_upper(name) && (receiver.empty() || is_upper(receiver));
}

// Since Go 1.25 they tell that a finalizer or cleanup runs.
bool runs_cleanups(std::string_view function) {
  return function == "runtime.runFinalizers" || function == "runtime.runCleanups";
}

}  // namespace

int go_minor(std::string_view go_version) {
  int minor = std::numeric_limits<int>::max();
  const std::size_t at = go_version.find("go1.");
  if (at == std::string_view::npos) return minor;
  const std::string_view digits = go_version.substr(at + 4);
  std::from_chars(digits.data(), digits.data() + digits.size(), minor);
  return minor;
}

bool shows_function(std::string_view function, bool first, int go_minor) {
  if (function == "runtime.gopanic" && !first) return true;
  if (go_minor >= 25 && runs_cleanups(function)) return true;
  if (function.find('.') == std::string_view::npos) return false;
  return !function.starts_with(kRuntime) || is_exported_runtime(function, go_minor);
}

}  // namespace gosnoop::output
