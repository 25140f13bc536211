// SPDX-License-Identifier: Apache-2.0
#include "probe/trial.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace gosnoop::probe {
namespace {

Trial make_trial(std::string_view what, int os_error, bool denied) {
  using enum Trial::Outcome;
  if (os_error == 0) return {kWorks, {}};
  return {denied ? kNotAllowed : kNotSupported,
          fmt::format("{}: {}", what, std::strerror(os_error))};
}

}  // namespace

Trial tried(std::string_view call, int os_error) {
  return make_trial(call, os_error, os_error == EPERM || os_error == EACCES);
}

Trial tried_loading(std::string_view what, int os_error) {
  return make_trial(what, os_error, os_error == EPERM);
}

Trial tried(const Result<void>& result) {
  using enum Trial::Outcome;
  if (result) return {kWorks, {}};
  bool denied = result.error().code == ErrorCode::kNoPermission;
  return {denied ? kNotAllowed : kNotSupported, result.error().message};
}

}  // namespace gosnoop::probe
