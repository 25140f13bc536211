// SPDX-License-Identifier: Apache-2.0
#include "symbol/go_names.h"

namespace gosnoop::symbol {

std::string name_for_print(std::string_view function) {
  auto begin = function.find('[');
  auto end = function.rfind(']');
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::string(function);
  }
  return std::string(function.substr(0, begin)) + "[...]" + std::string(function.substr(end + 1));
}

}  // namespace gosnoop::symbol
