// SPDX-License-Identifier: Apache-2.0
// `gosnoop record --ring`: a flight recorder, which keeps the last seconds in memory and writes
// them once something happens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <regex>

#include "base/record_sink.h"
#include "base/result.h"
#include "cli/stop.h"

namespace gosnoop::cli {

struct FlightOptions {
  std::uint64_t keep_ns = 0;
  std::size_t memory = std::size_t{256} << 20;  // bytes that events may take
  // When to write, whichever comes first; Ctrl-C, the duration, the target's end and its cost
  // do it anyway.
  std::optional<std::size_t> goroutines;  // there are that many
  std::optional<std::uint64_t> wait_ns;   // a goroutine waited that long …
  std::optional<std::regex> wait_at;      // … at a place that this matches
  bool on_signal = false;                 // SIGUSR1 came
};

// The signal that `stop` is to be created with.
std::optional<int> signal_of(const std::optional<FlightOptions>& options);

// Runs `capture` into memory until it ends or a condition holds, and then sends what is kept to
// `file`. Says on stderr why, and how much it is.
Result<void> fly(const FlightOptions& options, StopSignal& stop, RecordSink& file,
                 const std::function<Result<void>(RecordSink&)>& capture);

}  // namespace gosnoop::cli
