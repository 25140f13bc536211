// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ostream>
#include <vector>

#include "analyze/dump_groups.h"

namespace gosnoop::output {

inline constexpr const char* kDumpSchema = "gosnoop.dump/1";

// The dump as one JSON document: docs/dump-schema.md. `members`: indices in Dump::members of those
// to list one by one, as they come; nullptr: none, and no such key. A group and a member take a
// line each. Bytes that are no UTF-8 in names of the target become U+FFFD.
void write_dump_json(std::ostream& out, const snapshot::Dump& dump,
                     const std::vector<analyze::DumpGroup>& groups,
                     const std::vector<std::uint32_t>* members);

}  // namespace gosnoop::output
