// SPDX-License-Identifier: Apache-2.0
// The tables of system calls that BPF programs and gosnoop share (bpf/syscall.bpf.h).
#pragma once

#include "base/record_sink.h"
#include "base/result.h"
#include "bpf/config.h"
#include "probe/handles.h"
#include "probe/shared_array.h"

namespace gosnoop::probe {

class CallTables {
 public:
  // After the object is loaded; `skeleton` must outlive the CallTables.
  static Result<CallTables> open(const goroutine_bpf& skeleton);

  // All calls that returned, their errors and who made them, as records.
  Result<void> send_totals(RecordSink& sink) const;
  // The calls that threads are in now, with their stacks.
  Result<void> send_in_flight(RecordSink& sink) const;
  // Did the thread make a call since the window began? `tid`: as the kernel knows it.
  bool has_called(wire::u64 tid) const;

 private:
  Result<void> send_errors(RecordSink& sink) const;
  Result<void> send_goroutines(RecordSink& sink) const;

  const goroutine_bpf* skeleton_ = nullptr;
  SharedArray<wire::call_slot> slots_;
  SharedArray<wire::call_totals> totals_;
};

}  // namespace gosnoop::probe
