// SPDX-License-Identifier: Apache-2.0
#include "output/ps_json.h"

#include "output/json_parts.h"

namespace gosnoop::output {
namespace {

using snapshot::ProcessSummary;

Json or_null(const std::optional<std::uint64_t>& value) { return value ? Json(*value) : Json(); }

Json process_json(const ProcessSummary& process) {
  const auto& counts = process.goroutines;
  return {{"pid", process.pid},
          {"exe", process.executable},
          {"go_version", process.go_version},
          {"module", process.module},
          {"goroutines", counts ? Json(counts->goroutines) : Json()},
          {"waiting", counts ? Json(counts->waiting) : Json()},
          {"system_goroutines", counts ? Json(counts->system) : Json()},
          {"threads", or_null(process.threads)},
          {"rss_bytes", or_null(process.rss_bytes)},
          {"uptime_ns", or_null(process.uptime_ns)},
          {"container", process.container},
          {"why_unknown", process.why_unknown}};
}

}  // namespace

void write_ps_json(std::ostream& out, const snapshot::ProcessList& list) {
  const Json document = {{"schema", kPsSchema},
                         {"processes", output::list(list.processes, process_json)},
                         {"hidden", list.hidden},
                         {"needs_rights", list.needs_rights}};
  out << dump(document, 2) << '\n';
}

}  // namespace gosnoop::output
