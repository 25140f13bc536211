// SPDX-License-Identifier: Apache-2.0
#include "output/json_parts.h"

namespace gosnoop::output {

Json frames_json(const symbol::Frames& frames) {
  Json result = Json::array();
  for (const symbol::Frame& frame : frames) {
    result.push_back({{"function", frame.function}, {"file", frame.file}, {"line", frame.line}});
  }
  return result;
}

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace gosnoop::output
