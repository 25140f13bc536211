// SPDX-License-Identifier: Apache-2.0
#include "probe/totals.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <span>
#include <unordered_set>
#include <vector>

#include "bpf/events.h"
#include "probe/libbpf_log.h"

namespace gosnoop::probe {
namespace {

std::size_t cpus() { return static_cast<std::size_t>(std::max(libbpf_num_possible_cpus(), 1)); }

template <typename Record>
void fill_header(Record& record, wire::wire_kind kind, std::size_t size, std::size_t cpu = 0) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  record.header.kind = static_cast<wire::u16>(kind);
  record.header.cpu = static_cast<wire::u16>(cpu);
  record.header.size = static_cast<wire::u32>(size);
  record.header.time_ns = static_cast<wire::u64>(now.tv_sec) * 1'000'000'000u +
                          static_cast<wire::u64>(now.tv_nsec);
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

Result<void> send_stack(int stacks, wire::u64 hash, RecordSink& sink) {
  wire::totals_stack stack{};
  if (hash == 0 || bpf_map_lookup_elem(stacks, &hash, &stack) != 0) return {};
  StackRecord record{};
  auto end = std::find(std::begin(stack.frames), std::end(stack.frames), wire::u64{0});
  auto count = static_cast<std::size_t>(end - std::begin(stack.frames));
  std::size_t size = sizeof(wire::wire_stack) + count * sizeof(wire::u64);
  fill_header(record, wire::WIRE_STACK, size);
  record.hash = hash;
  record.count = static_cast<wire::u32>(count);
  record.truncated = count == TOTALS_FRAMES;
  std::copy(std::begin(stack.frames), end, record.frames);
  return sink.on_record(std::as_bytes(std::span(&record, 1)).first(size));
}

wire::wire_block_totals sum(const wire::totals_key& key, std::span<const wire::totals> parts) {
  wire::wire_block_totals record{};
  fill_header(record, wire::WIRE_BLOCK_TOTALS, sizeof(record));
  record.stack = key.stack;
  record.reason = key.reason;
  for (const auto& part : parts) {
    record.count += part.count;
    record.sum_ns += part.sum_ns;
    record.max_ns = std::max(record.max_ns, part.max_ns);
    for (std::size_t i = 0; i < HISTOGRAM_SLOTS; ++i) record.slots[i] += part.slots[i];
  }
  return record;
}

}  // namespace

Result<void> prepare_totals(goroutine_bpf& skeleton, std::size_t wait_reasons) {
  LibbpfLog log;
  std::vector<wire::totals> zero(cpus());
  int fd = bpf_map__fd(skeleton.maps.block_totals);
  for (std::size_t reason = 0; reason < wait_reasons; ++reason) {
    wire::totals_key key{0, reason};
    if (bpf_map_update_elem(fd, &key, zero.data(), BPF_ANY) != 0) {
      return fail(log.error("fill the table of blocking totals", errno));
    }
  }
  return {};
}

Result<void> send_block_totals(const goroutine_bpf& skeleton, RecordSink& sink) {
  int totals = bpf_map__fd(skeleton.maps.block_totals);
  int stacks = bpf_map__fd(skeleton.maps.totals_stacks);
  std::vector<wire::totals> parts(cpus());
  std::unordered_set<wire::u64> sent;
  wire::totals_key key{}, next{};
  void* previous = nullptr;
  while (bpf_map_get_next_key(totals, previous, &next) == 0) {
    key = next;
    previous = &key;
    if (bpf_map_lookup_elem(totals, &key, parts.data()) != 0) continue;
    auto record = sum(key, parts);
    if (record.count == 0) continue;
    if (sent.insert(key.stack).second) TRY(send_stack(stacks, key.stack, sink));
    TRY(put(sink, record));
  }
  return {};
}

Result<void> send_losses(const goroutine_bpf& skeleton, RecordSink& sink) {
  int fd = bpf_map__fd(skeleton.maps.losses);
  std::vector<wire::loss_counts> parts(cpus());
  for (wire::u32 what = 0; what < wire::LOSS_KINDS; ++what) {
    if (bpf_map_lookup_elem(fd, &what, parts.data()) != 0) continue;
    for (std::size_t cpu = 0; cpu < parts.size(); ++cpu) {
      wire::wire_loss record{};
      fill_header(record, wire::WIRE_LOSS, sizeof(record), cpu);
      record.what = what;
      record.seen = parts[cpu].seen;
      record.delivered = parts[cpu].delivered;
      record.dropped = parts[cpu].dropped;
      record.filtered = parts[cpu].filtered;
      TRY(put(sink, record));
    }
  }
  return {};
}

}  // namespace gosnoop::probe
