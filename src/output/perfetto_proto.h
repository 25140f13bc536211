// SPDX-License-Identifier: Apache-2.0
// Field numbers of Perfetto's trace format, those gosnoop writes: protos/perfetto/trace/ of
// github.com/google/perfetto (trace_packet.proto, track_event/track_event.proto,
// track_event/track_descriptor.proto, track_event/debug_annotation.proto,
// interned_data/interned_data.proto, clock_snapshot.proto). tests/golden/perfetto.proto has the
// same fields with their published names and types, to read what is written.
#pragma once

#include <cstdint>
#include <protozero/types.hpp>

namespace gosnoop::output::perfetto {

using Tag = protozero::pbf_tag_type;

enum class Trace : Tag { kPacket = 1 };
enum class Packet : Tag {
  kClockSnapshot = 6,
  kTimestamp = 8,
  kTrustedPacketSequenceId = 10,
  kTrackEvent = 11,
  kInternedData = 12,
  kSequenceFlags = 13,
  kTracePacketDefaults = 59,
  kTrackDescriptor = 60,
};
enum class Defaults : Tag { kTimestampClockId = 58 };
enum class ClockSnapshot : Tag { kClocks = 1, kPrimaryTraceClock = 2 };
enum class Clock : Tag { kClockId = 1, kTimestamp = 2 };
enum class TrackDescriptor : Tag {
  kUuid = 1,
  kName = 2,
  kProcess = 3,
  kParentUuid = 5,
  kCounter = 8
};
enum class Process : Tag { kPid = 1, kCmdline = 2, kProcessName = 6 };
enum class Counter : Tag { kUnit = 3 };
enum class TrackEvent : Tag {
  kDebugAnnotations = 4,
  kType = 9,
  kNameIid = 10,
  kTrackUuid = 11,
  kName = 23,
  kCounterValue = 30,
  kFlowIds = 47,
  kTerminatingFlowIds = 48,
};
enum class Annotation : Tag { kStringValue = 6, kName = 10, kStringValueIid = 17 };
enum class InternedData : Tag { kEventNames = 2, kDebugAnnotationStringValues = 29 };
enum class Interned : Tag { kIid = 1, kText = 2 };  // EventName and InternedString alike

// TracePacket.SequenceFlags, CounterDescriptor.Unit, BuiltinClock, TrackEvent.Type
inline constexpr std::uint32_t kIncrementalStateCleared = 1;
inline constexpr std::uint32_t kNeedsIncrementalState = 2;
inline constexpr std::int32_t kUnitCount = 2;
inline constexpr std::uint32_t kRealtime = 1;
inline constexpr std::uint32_t kMonotonic = 3;
enum class EventType : std::int32_t { kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounter = 4 };

}  // namespace gosnoop::output::perfetto
