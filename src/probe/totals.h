// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/record_sink.h"
#include "base/result.h"
#include "probe/handles.h"

namespace gosnoop::probe {

// Inserts the keys that take what the totals table has no room for, one a wait reason.
Result<void> prepare_totals(goroutine_bpf& skeleton, std::size_t wait_reasons);

// The totals of all finished blocks with their stacks, as records.
Result<void> send_block_totals(const goroutine_bpf& skeleton, RecordSink& sink);

// What was seen, delivered, dropped and filtered, a record for each kind and CPU.
Result<void> send_losses(const goroutine_bpf& skeleton, RecordSink& sink);

}  // namespace gosnoop::probe
