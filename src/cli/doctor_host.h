// SPDX-License-Identifier: Apache-2.0
// What the doctor finds on the machine: gathered by trying, judged by pure functions.
#pragma once

#include <vector>

#include "analyze/diagnosis.h"
#include "probe/trials.h"
#include "target/host.h"

namespace gosnoop::cli {

struct HostFacts {
  target::Host host;
  probe::Trials trials;
};

HostFacts gather_host_facts();

// `has_target`: a process is looked at too, so that whether its memory can be read is tried, not
// told from rights.
std::vector<analyze::Check> judge(const HostFacts& facts, bool has_target);

}  // namespace gosnoop::cli
