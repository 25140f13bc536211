// SPDX-License-Identifier: Apache-2.0
// Numbers, durations and times as people read them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gosnoop::output {

std::string thousands(std::uint64_t number);                       // "1,204,332"
std::string counted(std::uint64_t number, std::string_view what);  // "1 call", "1,204,332 calls"
std::string duration(std::uint64_t ns);  // "812 ns", "1.23 ms", "4.50 s", "2h05m"
std::string seconds(double seconds);     // "10.0 s", "12m30s"
std::string percent(std::uint64_t part, std::uint64_t whole);  // "98 %", "< 1 %"
std::string memory_size(std::uint64_t bytes);                  // "812 B", "84.3 MiB"

// ", round trip 80.0 ms, 3 retransmits"; "" where neither is known. A round trip of 0: no sample
// yet.
std::string connection_quality(std::optional<std::uint64_t> srtt_us,
                               std::optional<std::uint64_t> retransmits);

// Wall clock times, from nanoseconds of CLOCK_REALTIME.
std::string rfc3339(std::uint64_t ns);     // "2026-11-21T12:03:04.123456789Z"
std::string local_date(std::uint64_t ns);  // "2026-11-21 12:03:04 UTC", in the zone of the reader
std::string local_time(std::uint64_t ns);  // "12:03:04.123456", in the zone of the reader

// A name out of the target, fit for a terminal: control characters become '?'.
std::string printable(std::string_view text);

}  // namespace gosnoop::output
