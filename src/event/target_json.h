// SPDX-License-Identifier: Apache-2.0
// The JSON document in a Target record.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "event/event.h"

namespace gosnoop::event {

std::string target_to_json(const Target& target);

// Keys that are missing, or of another type, leave the field's default: a later version may add
// keys. Nothing where the text is not a JSON object.
std::optional<Target> target_from_json(std::string_view text);

}  // namespace gosnoop::event
