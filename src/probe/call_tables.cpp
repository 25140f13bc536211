// SPDX-License-Identifier: Apache-2.0
#include "probe/call_tables.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "bpf/events.h"
#include "probe/hash_map.h"
#include "probe/records.h"

namespace gosnoop::probe {
namespace {

using TotalsByKey = std::map<std::pair<wire::u64, wire::u64>, wire::call_totals>;

void add(TotalsByKey& sums, const wire::call_totals& part) {
  if (part.count == 0) return;
  auto [entry, is_new] = sums.try_emplace({part.stack, part.key}, part);
  if (is_new) return;
  auto& sum = entry->second;
  sum.count += part.count;
  sum.errors += part.errors;
  sum.sum_ns += part.sum_ns;
  sum.max_ns = std::max(sum.max_ns, part.max_ns);
  for (std::size_t i = 0; i < HISTOGRAM_SLOTS; ++i) sum.slots[i] += part.slots[i];
}

wire::wire_syscall_totals to_record(const wire::call_totals& totals) {
  wire::wire_syscall_totals record{};
  fill_header(record, wire::WIRE_SYSCALL_TOTALS, sizeof(record));
  record.stack = totals.stack;
  record.number = CALL_NUMBER(totals.key);
  record.origin = CALL_ORIGIN(totals.key);
  record.count = totals.count;
  record.errors = totals.errors;
  record.sum_ns = totals.sum_ns;
  record.max_ns = totals.max_ns;
  std::copy(std::begin(totals.slots), std::end(totals.slots), record.slots);
  return record;
}

wire::wire_syscall to_record(const wire::call& call, std::uint64_t tid) {
  wire::wire_syscall record{};
  fill_header(record, wire::WIRE_SYSCALL, sizeof(record));
  record.goid = call.goid;
  record.duration_ns = record.header.time_ns - std::min(record.header.time_ns, call.since);
  record.stack = call.stack;
  std::copy(std::begin(call.args), std::end(call.args), record.args);
  record.number = CALL_NUMBER(call.key);
  record.tid = static_cast<wire::u32>(tid);
  record.flags = SYSCALL_IN_FLIGHT;
  record.origin = static_cast<wire::u16>(CALL_ORIGIN(call.key));
  return record;
}

Result<void> send_call(const wire::call& call, std::uint64_t tid, RecordSink& sink) {
  if (call.since == 0) return {};
  if (call.stack != 0) TRY(send_stack(call.stack, call.frames, sink));
  return put(sink, to_record(call, tid));
}

// A copy that the thread did not change while it was made; else one that is in no call.
wire::call copy_of(const wire::call& shared) {
  const volatile auto& since = shared.since;
  auto before = since;
  wire::call copy = shared;
  if (since != before) copy.since = 0;
  return copy;
}

}  // namespace

Result<CallTables> CallTables::open(const goroutine_bpf& skeleton) {
  CallTables tables;
  tables.skeleton_ = &skeleton;
  TRY_ASSIGN(tables.slots_, SharedArray<wire::call_slot>::open(skeleton.maps.call_slots));
  TRY_ASSIGN(tables.totals_, SharedArray<wire::call_totals>::open(skeleton.maps.call_totals));
  return tables;
}

Result<void> CallTables::send_totals(RecordSink& sink) const {
  TotalsByKey sums;
  for (const auto& part : totals_.values()) add(sums, part);
  const bpf_map* rest = skeleton_->maps.call_rest_totals;
  for_each_key<wire::u64>(rest, [&](wire::u64 key) {
    wire::call_totals totals{};
    if (bpf_map_lookup_elem(bpf_map__fd(rest), &key, &totals) == 0) add(sums, totals);
  });
  for (const auto& [key, totals] : sums) {
    if (totals.stack != 0) TRY(send_stack(totals.stack, totals.frames, sink));
    TRY(put(sink, to_record(totals)));
  }
  TRY(send_errors(sink));
  return send_goroutines(sink);
}

Result<void> CallTables::send_errors(RecordSink& sink) const {
  const bpf_map* map = skeleton_->maps.call_errors;
  std::vector<wire::wire_syscall_errors> records;
  std::vector<wire::u64> counts(lane_count() / LANES_PER_CPU);
  for_each_key<wire::call_error>(map, [&](const wire::call_error& key) {
    if (bpf_map_lookup_elem(bpf_map__fd(map), &key, counts.data()) != 0) return;
    wire::wire_syscall_errors record{};
    fill_header(record, wire::WIRE_SYSCALL_ERRORS, sizeof(record));
    record.number = CALL_NUMBER(key.key);
    record.origin = CALL_ORIGIN(key.key);
    record.error = key.error;
    record.count = std::accumulate(counts.begin(), counts.end(), wire::u64{0});
    records.push_back(record);
  });
  for (const auto& record : records) TRY(put(sink, record));
  return {};
}

Result<void> CallTables::send_goroutines(RecordSink& sink) const {
  std::map<wire::u32, std::set<wire::u64>> goids;
  for_each_key<wire::call_goroutine>(
      skeleton_->maps.call_goroutines,
      [&](const wire::call_goroutine& of) { goids[CALL_NUMBER(of.key)].insert(of.goid); });
  for (const auto& [number, all] : goids) {
    wire::wire_syscall_goroutines record{};
    fill_header(record, wire::WIRE_SYSCALL_GOROUTINES, sizeof(record));
    record.number = number;
    record.complete = skeleton_->bss->call_goroutines_missing == 0;
    record.count = all.size();
    auto shown = std::min<std::size_t>(all.size(), SYSCALL_GOROUTINES_SHOWN);
    std::copy_n(all.begin(), shown, record.goids);
    TRY(put(sink, record));
  }
  return {};
}

Result<void> CallTables::send_in_flight(RecordSink& sink) const {
  for (const auto& slot : slots_.values()) {
    if (slot.tid != 0) TRY(send_call(copy_of(slot.call), slot.tid, sink));
  }
  const bpf_map* rest = skeleton_->maps.call_rest;
  std::vector<std::pair<wire::u64, wire::call>> calls;
  for_each_key<wire::u64>(rest, [&](wire::u64 tid) {
    wire::call call{};
    if (bpf_map_lookup_elem(bpf_map__fd(rest), &tid, &call) == 0) calls.emplace_back(tid, call);
  });
  for (const auto& [tid, call] : calls) TRY(send_call(call, tid, sink));
  return {};
}

bool CallTables::has_called(wire::u64 tid) const {
  if (slots_.values()[tid % CALL_THREADS].tid == tid) return true;
  wire::call call{};
  return bpf_map_lookup_elem(bpf_map__fd(skeleton_->maps.call_rest), &tid, &call) == 0;
}

}  // namespace gosnoop::probe
