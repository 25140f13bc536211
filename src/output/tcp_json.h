// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "analyze/report.h"
#include "output/json_parts.h"

namespace gosnoop::output {

const char* tcp_role_name(event::TcpRole role);  // "client", "server", "unknown"

// The key `tcp` of a report: docs/report-schema.md.
Json tcp_json(const analyze::Tcp& tcp);

}  // namespace gosnoop::output
