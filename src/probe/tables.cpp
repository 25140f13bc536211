// SPDX-License-Identifier: Apache-2.0
#include "probe/tables.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>
#include <bit>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "bpf/events.h"
#include "probe/connections.h"
#include "probe/hash_map.h"
#include "probe/records.h"

namespace gosnoop::probe {
namespace {

// Kernel memory that the totals of all CPUs may take.
constexpr std::size_t kTotalsBytes = 48u << 20;

// Threads in system calls beside those with a slot; pairs of a call and its origin; these with an
// error; pairs of a call and a goroutine.
constexpr std::uint32_t kCallRest = 16384;
constexpr std::uint32_t kCallRestTotals = 1024;
constexpr std::uint32_t kCallErrors = 2048;
constexpr std::uint32_t kCallGoroutines = 65536;

// Of a lane, where each entry takes `size` bytes.
std::uint32_t totals_slots(std::size_t size) {
  auto slots = kTotalsBytes / (lane_count() * size);
  return static_cast<std::uint32_t>(std::bit_floor(std::clamp<std::size_t>(slots, 256, 4096)));
}

// Goroutines come and go: four slots for each there now, so that few share one.
std::uint32_t parked_bits(std::size_t goroutines) {
  auto slots = std::clamp<std::size_t>(4 * goroutines, 1u << 16, 1u << 23);
  return static_cast<std::uint32_t>(std::bit_width(slots - 1));
}

// Those that find their slot taken, however many come yet.
std::uint32_t parked_rest(std::size_t goroutines) {
  return static_cast<std::uint32_t>(std::clamp<std::size_t>(2 * goroutines, 1u << 17, 1u << 22));
}

void add(wire::totals& sum, const wire::totals& part) {
  if (sum.count == 0) sum = wire::totals{part.stack, part.reason, {}, 0, 0, 0, {}};
  std::copy(std::begin(part.frames), std::end(part.frames), sum.frames);
  sum.count += part.count;
  sum.sum_ns += part.sum_ns;
  sum.max_ns = std::max(sum.max_ns, part.max_ns);
  for (std::size_t i = 0; i < HISTOGRAM_SLOTS; ++i) sum.slots[i] += part.slots[i];
}

using TotalsByKey = std::map<std::pair<wire::u64, wire::u64>, wire::totals>;

void add_all(TotalsByKey& sums, std::span<const wire::totals> table) {
  for (const auto& part : table) {
    if (part.count != 0) add(sums[{part.stack, part.reason}], part);
  }
}

void add(wire::wire_loss& record, wire::u64 seen, wire::u64 filtered) {
  record.seen += seen;
  record.filtered += filtered;
}

// Calls whose beginning was not seen: a program is not run where it interrupts itself on its CPU
// (kernel/trace/bpf_trace.c, __bpf_trace_run), which happens where tracepoints can be preempted
// (seen on Linux 7.2). Missed returns are counted in BPF.
wire::u64 missed_calls(const goroutine_bpf& skeleton) {
  bpf_prog_info info{};
  __u32 size = sizeof(info);
  int fd = bpf_program__fd(skeleton.progs.on_sys_enter);
  return bpf_prog_get_info_by_fd(fd, &info, &size) == 0 ? info.recursion_misses : 0;
}

void add_missed(wire::wire_loss& record, wire::u64 missed) {
  record.seen += missed;
  record.dropped += missed;
}

wire::wire_block_totals to_record(const wire::totals& totals) {
  wire::wire_block_totals record{};
  fill_header(record, wire::WIRE_BLOCK_TOTALS, sizeof(record));
  record.stack = totals.stack;
  record.reason = totals.reason;
  record.count = totals.count;
  record.sum_ns = totals.sum_ns;
  record.max_ns = totals.max_ns;
  std::copy(std::begin(totals.slots), std::end(totals.slots), record.slots);
  return record;
}

}  // namespace

void set_sizes(goroutine_bpf& skeleton, std::size_t goroutines, std::uint32_t ring_bytes) {
  auto& config = skeleton.rodata->config;
  const auto& maps = skeleton.maps;
  config.totals_slots =
      config.blocks ? totals_slots(sizeof(wire::totals)) : 1;  // `leaks` keeps no totals
  config.no_lane = lane_count();
  config.parked_bits = config.blocks ? parked_bits(goroutines) : 1;
  bpf_map__set_max_entries(maps.ring, ring_bytes);
  bpf_map__set_max_entries(maps.parked_slots, 1u << config.parked_bits);
  bpf_map__set_max_entries(maps.parked_rest, config.blocks ? parked_rest(goroutines) : 1);
  bpf_map__set_max_entries(maps.lanes, lane_count() + 1);
  bpf_map__set_max_entries(maps.block_totals, lane_count() * config.totals_slots);
  bpf_map__set_max_entries(maps.rest_totals, lane_count() * WAIT_REASONS);
  if (config.calls == 0) return;
  config.call_slots = totals_slots(sizeof(wire::call_totals));
  bpf_map__set_max_entries(maps.call_totals, lane_count() * config.call_slots);
  bpf_map__set_max_entries(maps.call_slots, CALL_THREADS);
  bpf_map__set_max_entries(maps.call_rest, kCallRest);
  bpf_map__set_max_entries(maps.call_rest_totals, kCallRestTotals);
  bpf_map__set_max_entries(maps.call_errors, kCallErrors);
  bpf_map__set_max_entries(maps.call_goroutines, kCallGoroutines);
}

Result<Tables> Tables::open(const goroutine_bpf& skeleton) {
  Tables tables;
  tables.skeleton_ = &skeleton;
  TRY_ASSIGN(tables.parked_, SharedArray<wire::parked_slot>::open(skeleton.maps.parked_slots));
  TRY_ASSIGN(tables.lanes_, SharedArray<wire::lane>::open(skeleton.maps.lanes));
  TRY_ASSIGN(tables.totals_, SharedArray<wire::totals>::open(skeleton.maps.block_totals));
  TRY_ASSIGN(tables.rest_, SharedArray<wire::totals>::open(skeleton.maps.rest_totals));
  return tables;
}

Result<void> Tables::send_block_totals(RecordSink& sink) const {
  TotalsByKey sums;
  add_all(sums, totals_.values());
  add_all(sums, rest_.values());
  for (const auto& [key, totals] : sums) {
    if (totals.stack != 0) TRY(send_stack(totals.stack, totals.frames, sink));
    TRY(put(sink, to_record(totals)));
  }
  return {};
}

// Empty where they cannot be read.
std::vector<wire::loss_counts> Tables::losses_by_cpu(wire::u32 what) const {
  std::vector<wire::loss_counts> parts(lane_count() / LANES_PER_CPU);
  int fd = bpf_map__fd(skeleton_->maps.losses);
  if (bpf_map_lookup_elem(fd, &what, parts.data()) != 0) parts.clear();
  return parts;
}

std::uint64_t Tables::dropped(wire::loss_kind what) const {
  std::uint64_t sum = 0;
  for (const auto& counts : losses_by_cpu(what)) sum += counts.dropped;
  return sum;
}

Result<void> Tables::send_losses(RecordSink& sink) const {
  for (wire::u32 what = 0; what < wire::LOSS_KINDS; ++what) {
    if (what == wire::LOSS_SYSCALL && skeleton_->rodata->config.calls == 0) continue;
    if (what == wire::LOSS_TCP && !follows_tcp(*skeleton_)) continue;
    auto parts = losses_by_cpu(what);
    for (std::size_t cpu = 0; cpu < parts.size(); ++cpu) {
      wire::wire_loss record{};
      fill_header(record, wire::WIRE_LOSS, sizeof(record), cpu);
      record.what = what;
      record.seen = parts[cpu].seen;
      record.delivered = parts[cpu].delivered;
      record.dropped = parts[cpu].dropped;
      for (const auto& lane : lanes_.values().subspan(cpu * LANES_PER_CPU, LANES_PER_CPU)) {
        if (what == wire::LOSS_BLOCK) add(record, lane.seen, lane.filtered);
        if (what == wire::LOSS_SYSCALL) add(record, lane.calls_seen, lane.calls_filtered);
      }
      if (what == wire::LOSS_SYSCALL && cpu == 0) add_missed(record, missed_calls(*skeleton_));
      if (what == wire::LOSS_TCP && cpu == 0) add_missed(record, missed_runs(*skeleton_));
      TRY(put(sink, record));
    }
  }
  return {};
}

namespace {

template <typename Key>
void clear(const bpf_map* map) {
  std::vector<Key> keys;
  for_each_key<Key>(map, [&keys](Key key) { keys.push_back(key); });
  for (const Key& key : keys) bpf_map_delete_elem(bpf_map__fd(map), &key);
}

}  // namespace

void Tables::forget_sent() const {
  clear<wire::u64>(skeleton_->maps.sent_stacks);
  clear<wire::u64>(skeleton_->maps.sent_sockets);
}

std::uint64_t Tables::parked_since(RuntimeAddress g) const {
  auto or_now = [](std::uint64_t since) { return since != 0 ? since : clock_ns(CLOCK_MONOTONIC); };
  auto bits = static_cast<std::uint32_t>(std::bit_width(parked_.values().size() - 1));
  const auto& slot = parked_.values()[wire::parked_index(g.value, bits)];
  if (slot.g == g.value) return or_now(slot.parked.since);
  wire::parked parked{};
  int rest = bpf_map__fd(skeleton_->maps.parked_rest);
  return bpf_map_lookup_elem(rest, &g.value, &parked) == 0 ? or_now(parked.since) : 0;
}

}  // namespace gosnoop::probe
