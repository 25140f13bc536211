// SPDX-License-Identifier: Apache-2.0
// What the JSON documents have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "analyze/report.h"
#include "event/event.h"
#include "symbol/symbols.h"

namespace gosnoop::output {

using Json = nlohmann::ordered_json;

// [{"function":…, "file":…, "line":…}], innermost first.
Json frames_json(const symbol::Frames& frames);

// An array of what to_json makes of each.
template <typename Items, typename ToJson>
Json list(const Items& items, ToJson to_json) {
  Json result = Json::array();
  for (const auto& item : items) result.push_back(to_json(item));
  return result;
}

// Text of a document; indent -1: one line. Never throws for bytes that are no UTF-8.
std::string dump(const Json& json, int indent);

// {"pid":…, "exe":…, …}
Json target_json(const event::Target& target);

// "leaking", "suspect", "ok"
const char* verdict_name(analyze::Verdict verdict);

// Seconds, rounded to milliseconds.
double to_millis(double seconds);

}  // namespace gosnoop::output
