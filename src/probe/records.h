// SPDX-License-Identifier: Apache-2.0
// Records that gosnoop makes of the tables it shares with BPF programs.
#pragma once

#include <bpf/libbpf.h>

#include <algorithm>
#include <span>

#include "base/record_sink.h"
#include "base/time.h"
#include "bpf/config.h"

namespace gosnoop::probe {

inline std::uint32_t cpu_count() {
  return static_cast<std::uint32_t>(std::max(libbpf_num_possible_cpus(), 1));
}

// Of all CPUs together (bpf/lane.bpf.h).
inline std::uint32_t lane_count() { return cpu_count() * LANES_PER_CPU; }

template <typename Record>
void fill_header(Record& record, wire::wire_kind kind, std::size_t size, std::size_t cpu = 0) {
  record.header.kind = static_cast<wire::u16>(kind);
  record.header.cpu = static_cast<wire::u16>(cpu);
  record.header.size = static_cast<wire::u32>(size);
  record.header.time_ns = clock_ns(CLOCK_MONOTONIC);
}

template <typename Record>
Result<void> put(RecordSink& sink, const Record& record) {
  return sink.on_record(std::as_bytes(std::span(&record, 1)));
}

// A stack record with its frames behind it.
struct StackRecord {
  wire::wire_header header;
  wire::u64 hash;
  wire::u32 count;
  wire::u32 truncated;
  wire::u64 frames[TOTALS_FRAMES];
};

// The stack that totals are kept by: zeros behind its last frame.
inline Result<void> send_stack(wire::u64 hash, const wire::u64 (&frames)[TOTALS_FRAMES],
                               RecordSink& sink) {
  StackRecord record{};
  auto end = std::find(std::begin(frames), std::end(frames), wire::u64{0});
  auto count = static_cast<std::size_t>(end - std::begin(frames));
  std::size_t size = sizeof(wire::wire_stack) + count * sizeof(wire::u64);
  fill_header(record, wire::WIRE_STACK, size);
  record.hash = hash;
  record.count = static_cast<wire::u32>(count);
  record.truncated = count == TOTALS_FRAMES;
  std::copy(std::begin(frames), end, record.frames);
  return sink.on_record(std::as_bytes(std::span(&record, 1)).first(size));
}

}  // namespace gosnoop::probe
