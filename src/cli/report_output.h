// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>

#include "analyze/pipeline.h"
#include "base/output_file.h"
#include "base/record_sink.h"
#include "cli/options.h"
#include "output/perfetto.h"

namespace gosnoop::cli {

// Takes the records of a live run or a recording and writes what was asked for.
class ReportOutput final : public RecordSink {
 public:
  // An Error where the format does not fit what is shown, or nothing can be written there: before
  // anything is traced.
  static Result<ReportOutput> open(View view, const ReportOptions& options);

  Result<void> on_record(Bytes record) override;
  // Writes the report, and says on stderr what opens the file. An Error where the records do not
  // have what the view shows.
  Result<void> finish();

 private:
  ReportOutput(View view, ReportOptions options, std::optional<OutputFile> file);

  std::ostream& stream();
  Result<void> check();
  Result<void> write();
  void write(const analyze::Report& report);

  View view_;
  ReportOptions options_;
  Format format_;
  std::optional<OutputFile> file_;  // none: standard output
  analyze::Pipeline pipeline_;
  std::unique_ptr<output::PerfettoWriter> timeline_;  // in place of the pipeline
};

}  // namespace gosnoop::cli
