// SPDX-License-Identifier: Apache-2.0
#include "output/json_parts.h"

#include <cmath>

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

Json target_json(const event::Target& target) {
  return {{"pid", target.pid},
          {"exe", target.exe},
          {"go_version", target.go_version},
          {"build_id", target.build_id},
          {"stripped", target.stripped},
          {"module", target.module}};
}

const char* verdict_name(analyze::Verdict verdict) {
  switch (verdict) {
    case analyze::Verdict::kLeaking:
      return "leaking";
    case analyze::Verdict::kSuspect:
      return "suspect";
    case analyze::Verdict::kOk:
      break;
  }
  return "ok";
}

double to_millis(double seconds) { return std::round(seconds * 1000) / 1000; }

}  // namespace gosnoop::output
