// SPDX-License-Identifier: Apache-2.0
// What the JSON documents have in common.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "symbol/symbols.h"

namespace gosnoop::output {

using Json = nlohmann::ordered_json;

// [{"function":…, "file":…, "line":…}], innermost first.
Json frames_json(const symbol::Frames& frames);

// Text of a document; indent -1: one line. Never throws for bytes that are no UTF-8.
std::string dump(const Json& json, int indent);

}  // namespace gosnoop::output
