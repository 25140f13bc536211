// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "cli/options.h"

namespace gosnoop::cli {

// Each does what its command line says and gives gosnoop's exit status: 0, or for `run` that of the
// program. Reports go to stdout, diagnostics to stderr.
Result<int> run(const ReportCommand& command);
Result<int> run(const RunCommand& command);
Result<int> run(const TraceCommand& command);
Result<int> run(const RecordCommand& command);
Result<int> run(const ReplayCommand& command);
Result<int> run(const DumpCommand& command);
Result<int> run(const TopCommand& command);
Result<int> run(const PsCommand& command);
Result<int> run(const DoctorCommand& command);
Result<int> run(const ServeCommand& command);
Result<int> run(const ShowText& command);

}  // namespace gosnoop::cli
