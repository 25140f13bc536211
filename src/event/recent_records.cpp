// SPDX-License-Identifier: Apache-2.0
#include "event/recent_records.h"

#include <algorithm>

#include "event/contract.h"

namespace gosnoop::event {
namespace {

// How many parts the time that is kept is made of: one more may be there than is asked for.
constexpr std::uint64_t kParts = 8;

// Kinds that say what others mean: of use as long as anything is kept.
bool is_name(std::uint16_t kind) {
  return kind == wire::WIRE_STACK || kind == wire::WIRE_SYMBOL || kind == wire::WIRE_SYSCALL_NAME ||
         kind == wire::WIRE_WAIT_SOCKET;
}

bool is_total(std::uint16_t kind) {
  return kind == wire::WIRE_BLOCK_TOTALS || kind == wire::WIRE_LOSS ||
         kind == wire::WIRE_SYSCALL_TOTALS || kind == wire::WIRE_SYSCALL_ERRORS ||
         kind == wire::WIRE_SYSCALL_GOROUTINES || kind == wire::WIRE_TCP_TOTALS ||
         kind == wire::WIRE_SOCKETS_MADE || kind == wire::WIRE_PROBE_COST;
}

// The stack's hash, the pc, the call's number or the inode: the first field behind the header.
std::uint64_t what_it_names(Bytes record) {
  return read_at<std::uint64_t>(record, sizeof(wire::wire_header)).value_or(0);
}

std::vector<std::byte> copy(Bytes record) { return {record.begin(), record.end()}; }

Result<void> send_each(Bytes records, RecordSink& sink) {
  while (auto size = record_size(records)) {
    TRY(sink.on_record(records.first(*size)));
    records = records.subspan(*size);
  }
  return {};
}

}  // namespace

Result<void> RecentRecords::on_record(Bytes record) {
  auto header = read_at<wire::wire_header>(record, 0);
  if (!header) return fail(ErrorCode::kInternal, "a record without a header");
  latest_ = std::max(latest_, header->time_ns);
  if (is_name(header->kind)) {
    names_[{header->kind, what_it_names(record)}] = copy(record);
    return {};
  }
  if (is_total(header->kind)) return keep_totals(record);
  switch (header->kind) {
    case wire::WIRE_TARGET:
      target_ = copy(record);
      return {};
    case wire::WIRE_WINDOW_START: {
      TRY_ASSIGN(auto start, decode(record));
      start_ = std::get<WindowStart>(start);
      begin_part(start_.time);
      return {};
    }
    case wire::WIRE_WINDOW_END:
      end_ = copy(record);
      return {};
    case wire::WIRE_SNAPSHOT_BEGIN:
      if (totals_are_new_ && part_is_full()) begin_part(header->time_ns);
      break;
    case wire::WIRE_SNAPSHOT_END:
      totals_are_new_ = false;
      break;
    default:
      break;
  }
  append(record);
  return {};
}

Result<void> RecentRecords::keep_totals(Bytes record) {
  TRY_ASSIGN(auto event, decode(record));
  totals_are_new_ = true;
  totals_[*totals_key(event)] = std::move(event);
  return {};
}

void RecentRecords::append(Bytes record) {
  if (parts_.empty()) begin_part(latest_);
  auto& records = parts_.back().records;
  records.insert(records.end(), record.begin(), record.end());
  bytes_ += record.size();
}

bool RecentRecords::part_is_full() const {
  if (parts_.empty()) return true;
  const Part& part = parts_.back();
  return latest_ - part.start >= limits_.keep_ns / kParts ||
         part.records.size() >= limits_.bytes / kParts;
}

void RecentRecords::begin_part(TimeNs start) {
  parts_.push_back({start, totals_, {}});
  forget();
}

// A part is not needed where the next one reaches back far enough.
void RecentRecords::forget() {
  auto goes = [this] {
    bool old = parts_[1].start + limits_.keep_ns <= latest_;
    return old || bytes_ > limits_.bytes;
  };
  while (parts_.size() > 1 && goes()) {
    bytes_ -= parts_.front().records.size();
    parts_.pop_front();
  }
}

std::uint64_t RecentRecords::kept_ns() const {
  return parts_.empty() ? 0 : latest_ - std::min(latest_, parts_.front().start);
}

Result<void> RecentRecords::write_totals(RecordSink& sink) const {
  const Totals& before = parts_.front().before;
  for (const auto& [key, now] : totals_) {
    auto earlier = before.find(key);
    TRY(sink.on_record(encode(earlier == before.end() ? now : since(now, earlier->second))));
  }
  return {};
}

Result<void> RecentRecords::write(RecordSink& sink) const {
  if (parts_.empty()) return fail(ErrorCode::kInternal, "nothing was recorded");
  TimeNs begun = parts_.front().start;
  TRY(sink.on_record(target_));
  TRY(sink.on_record(
      encode(WindowStart{begun, start_.wall_clock_ns + (begun - std::min(begun, start_.time))})));
  for (const auto& [what, record] : names_) TRY(sink.on_record(record));
  for (const Part& part : parts_) TRY(send_each(part.records, sink));
  TRY(write_totals(sink));
  return end_.empty() ? Result<void>{} : sink.on_record(end_);
}

}  // namespace gosnoop::event
