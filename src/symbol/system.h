// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gosnoop::symbol {

// Does a goroutine that starts in this function belong to the runtime, so that
// runtime.NumGoroutine leaves it out? (traceback.go, isSystemGoroutine, Go 1.19 to 1.27.) Without
// the few that count as a user's for the moment they run one (runfinq, runCleanups): those are
// system here.
inline bool is_system_function(std::string_view start_function) {
  return start_function.starts_with("runtime.") && start_function != "runtime.main" &&
         start_function != "runtime.handleAsyncEvent" && start_function != "runtime.corostart";
}

}  // namespace gosnoop::symbol
