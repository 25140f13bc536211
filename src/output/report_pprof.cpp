// SPDX-License-Identifier: Apache-2.0
#include "output/report_pprof.h"

#include "output/pprof_builder.h"

namespace gosnoop::output {
namespace {

// A report has names, no addresses: each frame is a location of its own.
PprofBuilder::Stack locations(PprofBuilder& builder, const StackSample& sample) {
  if (sample.stack.empty()) return {builder.remark("(stack not known)")};
  PprofBuilder::Stack stack;
  stack.reserve(sample.stack.size());
  for (const symbol::Frame& frame : sample.stack) stack.push_back(builder.location(0, {frame}));
  return stack;
}

PprofBuilder::Labels labels(const StackSample& sample) {
  PprofBuilder::Labels labels = sample.labels;
  if (!sample.reason.empty()) labels.emplace_back("wait_reason", sample.reason);
  if (sample.idle) labels.emplace_back("idle", "true");
  return labels;
}

// As Go's own profiles have it (runtime/pprof/pprof.go, printCountProfile and
// printCountCycleProfile): the first type, a period of 1. A goroutine profile is of a moment.
PprofHead head(const analyze::Report& report, const StackProfile& profile) {
  const bool of_a_moment = profile.types.size() == 1;
  const double ns = of_a_moment ? 0 : report.window.seconds * 1e9;
  return {.sample_types = profile.types,
          .period_type = profile.types.front(),
          .period = 1,
          .time_ns = static_cast<std::int64_t>(report.window.start_wall_clock_ns),
          .duration_ns = static_cast<std::int64_t>(ns),
          .exe = report.target.exe,
          .build_id = report.target.build_id};
}

}  // namespace

void write_pprof(std::ostream& out, const analyze::Report& report, const StackProfile& profile) {
  PprofBuilder builder;
  for (const StackSample& sample : profile.samples) {
    const PprofBuilder::Values values(sample.values.begin(), sample.values.end());
    builder.add(locations(builder, sample), values, labels(sample));
  }
  out << builder.finish(head(report, profile));
}

}  // namespace gosnoop::output
