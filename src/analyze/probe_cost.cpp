// SPDX-License-Identifier: Apache-2.0
#include "analyze/probe_cost.h"

namespace gosnoop::analyze {

CostRate rate_of(const event::ProbeCost& cost) {
  if (cost.measured_ns == 0) return {};
  const auto measured_ns = static_cast<double>(cost.measured_ns);
  const auto hits = static_cast<double>(cost.hits);
  const double spent_ns =
      static_cast<double>(cost.run_ns + cost.calls_ns) + hits * static_cast<double>(cost.trap_ns);
  return {hits * 1e9 / measured_ns, static_cast<double>(cost.calls) * 1e9 / measured_ns,
          spent_ns / measured_ns, static_cast<double>(cost.others_ns) / measured_ns};
}

}  // namespace gosnoop::analyze
