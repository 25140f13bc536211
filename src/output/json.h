// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "analyze/report.h"

namespace gosnoop::output {

inline constexpr const char* kReportSchema = "gosnoop.report/1";

// The report as one JSON document: docs/report-schema.md. Bytes that are no UTF-8 in names of the
// target become U+FFFD.
void write_report_json(std::ostream& out, const analyze::Report& report);

}  // namespace gosnoop::output
