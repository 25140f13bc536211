// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "event/event.h"
#include "output/perfetto_packets.h"

namespace gosnoop::output::perfetto_tracks {

using Track = PerfettoPackets::Track;

// Tracks have numbers: what it is in the low bits, which one above.
enum class Kind : std::uint64_t { kFixed, kGoroutine, kCalls, kThread, kConnection };

constexpr Track track_of(Kind kind, std::uint64_t which) {
  return which << 3 | static_cast<std::uint64_t>(kind);
}

constexpr Track track_of(event::Waker waker) {
  constexpr std::uint64_t kWakers = 16;
  return track_of(Kind::kFixed, kWakers + static_cast<std::uint64_t>(waker));
}

constexpr Track kProcess = track_of(Kind::kFixed, 1);

}  // namespace gosnoop::output::perfetto_tracks
