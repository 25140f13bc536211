// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gosnoop::probe {

// What came of trying one thing on this kernel, with the rights gosnoop has now.
struct Trial {
  enum class Outcome {
    kNotTried,
    kWorks,
    kNotAllowed,    // the kernel may have it: these rights do not reach it
    kNotSupported,  // this kernel has it not, or not as gosnoop needs it
  } outcome = Outcome::kNotTried;
  std::string why;  // of the last two: the call that failed, and how

  bool works() const { return outcome == Outcome::kWorks; }
  bool denied() const { return outcome == Outcome::kNotAllowed; }
};

// `os_error`: 0, or the errno that `call` failed with. EPERM is a matter of rights; so is EACCES,
// but for loading a program, where it is the verifier's.
Trial tried(std::string_view call, int os_error);
Trial tried_loading(std::string_view what, int os_error);

// The Trial of something that has an Error to tell.
Trial tried(const Result<void>& result);

}  // namespace gosnoop::probe
