// SPDX-License-Identifier: Apache-2.0
#include "probe/program_runs.h"

#include <bpf/bpf.h>

namespace gosnoop::probe {

Runs runs_of(const std::vector<int>& programs) {
  Runs runs;
  for (int program : programs) {
    bpf_prog_info info{};
    __u32 size = sizeof(info);
    if (bpf_prog_get_info_by_fd(program, &info, &size) != 0) continue;
    runs.count += info.run_cnt;
    runs.time_ns += info.run_time_ns;
  }
  return runs;
}

}  // namespace gosnoop::probe
