// SPDX-License-Identifier: Apache-2.0
#include "base/errno_name.h"

#include <cstring>

namespace gosnoop {

// Above the range of user space are those by which the kernel restarts calls that a signal
// interrupted (include/linux/errno.h): a tracepoint sees them, the program does not.
std::string errno_name(std::uint64_t error) {
  switch (error) {
    case 512:
      return "ERESTARTSYS";
    case 513:
      return "ERESTARTNOINTR";
    case 514:
      return "ERESTARTNOHAND";
    case 516:
      return "ERESTART_RESTARTBLOCK";
    default:
      break;
  }
  const char* name = error < 512 ? ::strerrorname_np(static_cast<int>(error)) : nullptr;
  return name != nullptr ? name : std::to_string(error);
}

}  // namespace gosnoop
