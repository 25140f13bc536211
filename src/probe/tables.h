// SPDX-License-Identifier: Apache-2.0
// The tables that BPF programs and gosnoop share: how large they are, and what they hold.
#pragma once

#include <cstdint>
#include <vector>

#include "base/address.h"
#include "base/record_sink.h"
#include "base/result.h"
#include "bpf/config.h"
#include "probe/handles.h"
#include "probe/shared_array.h"

namespace gosnoop::probe {

// Sizes the maps for this machine and `goroutines` of the target, and says so in the config; before
// the object is loaded.
void set_sizes(goroutine_bpf& skeleton, std::size_t goroutines, std::uint32_t ring_bytes);

class Tables {
 public:
  Tables() = default;
  // After the object is loaded; `skeleton` must outlive the Tables.
  static Result<Tables> open(const goroutine_bpf& skeleton);

  // The totals of all finished blocks with their stacks, as records.
  Result<void> send_block_totals(RecordSink& sink) const;
  // What was seen, delivered, dropped and filtered: a record for each kind and CPU.
  Result<void> send_losses(RecordSink& sink) const;
  // Forgets which stacks and sockets went through the ring: they are sent again.
  void forget_sent() const;
  // How many of a kind were dropped so far, on all CPUs.
  std::uint64_t dropped(wire::loss_kind what) const;
  // Since when the g is parked (CLOCK_MONOTONIC ns), at the latest: now, where it was woken a
  // moment ago. 0: it was never seen to park.
  std::uint64_t parked_since(RuntimeAddress g) const;

 private:
  std::vector<wire::loss_counts> losses_by_cpu(wire::u32 what) const;

  const goroutine_bpf* skeleton_ = nullptr;
  SharedArray<wire::parked_slot> parked_;
  SharedArray<wire::lane> lanes_;
  SharedArray<wire::totals> totals_;
  SharedArray<wire::totals> rest_;
};

}  // namespace gosnoop::probe
