// SPDX-License-Identifier: Apache-2.0
// A flight recorder: the last seconds of a capture that goes on and on, in bounded memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "event/event.h"
#include "event/totals.h"
#include "event/wire.h"

namespace gosnoop::event {

// Takes the records of a capture and forgets what is older than asked for. It forgets in parts,
// each of which begins with a snapshot of all goroutines; what names and stacks records refer to is
// kept.
class RecentRecords final : public RecordSink {
 public:
  struct Limits {
    std::uint64_t keep_ns = 0;  // at least that much of the past, where it fits in:
    std::size_t bytes = 0;      // of events; a part that is being filled may exceed it
  };

  explicit RecentRecords(Limits limits) : limits_(limits) {}

  Result<void> on_record(Bytes record) override;

  // Sends what is kept: the records of a capture that began when the oldest part did, with totals
  // that count from then on.
  Result<void> write(RecordSink& sink) const;

  // Bytes of events that are kept now.
  std::size_t bytes() const { return bytes_; }
  // From the oldest event kept to the latest.
  std::uint64_t kept_ns() const;

 private:
  using Totals = std::map<TotalsKey, Event>;
  using Record = std::vector<std::byte>;

  struct Part {
    TimeNs start = 0;
    Totals before;  // all totals as they were when it began
    Record records;
  };

  void begin_part(TimeNs start);
  bool part_is_full() const;
  void forget();
  void append(Bytes record);
  Result<void> keep_totals(Bytes record);
  Result<void> write_totals(RecordSink& sink) const;

  Limits limits_;
  Record target_;
  std::map<std::pair<std::uint16_t, std::uint64_t>, Record> names_;  // by kind and what they name
  Totals totals_;
  bool totals_are_new_ = false;  // no snapshot was taken since
  std::deque<Part> parts_;
  std::size_t bytes_ = 0;
  TimeNs latest_ = 0;
  WindowStart start_;
  Record end_;
};

}  // namespace gosnoop::event
