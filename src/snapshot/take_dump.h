// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "gobin/go_binary.h"
#include "snapshot/dump.h"
#include "target/process.h"

namespace gosnoop::snapshot {

// Reads every goroutine of a process that runs on, is stopped or stuck: no probe, no stop. Costs
// some µs a goroutine. An Error where the table cannot be read, as when the process has exited.
// `target`: what the dump says of the process; its wait reasons must be the binary's.
Result<Dump> take_dump(const target::Process& process, const gobin::GoBinary& binary,
                       event::Target target);

}  // namespace gosnoop::snapshot
