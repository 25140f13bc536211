// SPDX-License-Identifier: Apache-2.0
#include "output/perfetto_packets.h"

namespace gosnoop::output {
namespace {

using protozero::pbf_builder;

constexpr std::uint32_t kSequence = 1;  // all packets are of one writer

void add_annotation(pbf_builder<perfetto::TrackEvent>& event, const char* name,
                    const std::string& value) {
  pbf_builder<perfetto::Annotation> annotation(event, perfetto::TrackEvent::kDebugAnnotations);
  annotation.add_string(perfetto::Annotation::kName, name);
  annotation.add_string(perfetto::Annotation::kStringValue, value);
}

void add_clock(pbf_builder<perfetto::ClockSnapshot>& clocks, std::uint32_t id, std::uint64_t time) {
  pbf_builder<perfetto::Clock> clock(clocks, perfetto::ClockSnapshot::kClocks);
  clock.add_uint32(perfetto::Clock::kClockId, id);
  clock.add_uint64(perfetto::Clock::kTimestamp, time);
}

}  // namespace

template <typename Fill>
void PerfettoPackets::packet(std::uint32_t flags, Fill fill) {
  trace_.clear();
  {
    pbf_builder<perfetto::Trace> trace(trace_);
    Packet packet(trace, perfetto::Trace::kPacket);
    packet.add_uint32(perfetto::Packet::kTrustedPacketSequenceId, kSequence);
    packet.add_uint32(perfetto::Packet::kSequenceFlags, flags);
    fill(packet);
  }
  out_.write(trace_.data(), static_cast<std::streamsize>(trace_.size()));
}

// Timestamps are those of CLOCK_MONOTONIC from here on.
void PerfettoPackets::forget_strings() {
  names_.clear();
  strings_.clear();
  packet(perfetto::kIncrementalStateCleared, [](Packet& packet) {
    pbf_builder<perfetto::Defaults> defaults(packet, perfetto::Packet::kTracePacketDefaults);
    defaults.add_uint32(perfetto::Defaults::kTimestampClockId, perfetto::kMonotonic);
  });
}

void PerfettoPackets::clocks(event::TimeNs monotonic, std::uint64_t realtime) {
  packet(perfetto::kNeedsIncrementalState, [&](Packet& packet) {
    pbf_builder<perfetto::ClockSnapshot> clocks(packet, perfetto::Packet::kClockSnapshot);
    add_clock(clocks, perfetto::kMonotonic, monotonic);
    if (realtime != 0) add_clock(clocks, perfetto::kRealtime, realtime);
    clocks.add_enum(perfetto::ClockSnapshot::kPrimaryTraceClock, perfetto::kMonotonic);
  });
}

void PerfettoPackets::process_track(Track track, const event::Target& target) {
  packet(perfetto::kNeedsIncrementalState, [&](Packet& packet) {
    pbf_builder<perfetto::TrackDescriptor> descriptor(packet, perfetto::Packet::kTrackDescriptor);
    descriptor.add_uint64(perfetto::TrackDescriptor::kUuid, track);
    pbf_builder<perfetto::Process> process(descriptor, perfetto::TrackDescriptor::kProcess);
    process.add_int32(perfetto::Process::kPid, target.pid);
    process.add_string(perfetto::Process::kCmdline, target.exe);
    process.add_string(perfetto::Process::kProcessName, target.exe);
  });
}

void PerfettoPackets::track(Track track, Track parent, std::string_view name) {
  packet(perfetto::kNeedsIncrementalState, [&](Packet& packet) {
    pbf_builder<perfetto::TrackDescriptor> descriptor(packet, perfetto::Packet::kTrackDescriptor);
    descriptor.add_uint64(perfetto::TrackDescriptor::kUuid, track);
    descriptor.add_uint64(perfetto::TrackDescriptor::kParentUuid, parent);
    descriptor.add_string(perfetto::TrackDescriptor::kName, name.data(), name.size());
  });
}

void PerfettoPackets::counter_track(Track track, Track parent, std::string_view name) {
  packet(perfetto::kNeedsIncrementalState, [&](Packet& packet) {
    pbf_builder<perfetto::TrackDescriptor> descriptor(packet, perfetto::Packet::kTrackDescriptor);
    descriptor.add_uint64(perfetto::TrackDescriptor::kUuid, track);
    descriptor.add_uint64(perfetto::TrackDescriptor::kParentUuid, parent);
    descriptor.add_string(perfetto::TrackDescriptor::kName, name.data(), name.size());
    pbf_builder<perfetto::Counter> counter(descriptor, perfetto::TrackDescriptor::kCounter);
    counter.add_enum(perfetto::Counter::kUnit, perfetto::kUnitCount);
  });
}

void PerfettoPackets::event(const Event& e) {
  using Field = perfetto::TrackEvent;
  packet(perfetto::kNeedsIncrementalState, [&](Packet& packet) {
    packet.add_uint64(perfetto::Packet::kTimestamp, e.time);
    pbf_builder<Field> event(packet, perfetto::Packet::kTrackEvent);
    event.add_enum(Field::kType, static_cast<std::int32_t>(e.type));
    event.add_uint64(Field::kTrackUuid, e.track);
    if (e.name != 0) event.add_uint64(Field::kNameIid, e.name);
    if (!e.text.empty()) event.add_string(Field::kName, e.text);
    if (e.type == EventType::kCounter) event.add_int64(Field::kCounterValue, e.count);
    if (e.flow != 0) event.add_fixed64(Field::kFlowIds, e.flow);
    if (e.flow_end != 0) event.add_fixed64(Field::kTerminatingFlowIds, e.flow_end);
    if (e.stack != 0) {
      pbf_builder<perfetto::Annotation> stack(event, Field::kDebugAnnotations);
      stack.add_string(perfetto::Annotation::kName, "stack");
      stack.add_uint64(perfetto::Annotation::kStringValueIid, e.stack);
    }
    for (const auto& [name, value] : e.arguments) add_annotation(event, name, value);
  });
}

PerfettoPackets::Iid PerfettoPackets::intern(Strings& strings, perfetto::InternedData field,
                                             const std::string& text) {
  const auto [it, is_new] = strings.try_emplace(text, last_iid_ + 1);
  if (!is_new) return it->second;
  ++last_iid_;
  packet(perfetto::kNeedsIncrementalState, [&](Packet& packet) {
    pbf_builder<perfetto::InternedData> data(packet, perfetto::Packet::kInternedData);
    pbf_builder<perfetto::Interned> string(data, field);
    string.add_uint64(perfetto::Interned::kIid, last_iid_);
    string.add_string(perfetto::Interned::kText, text);
  });
  return last_iid_;
}

PerfettoPackets::Iid PerfettoPackets::event_name(const std::string& text) {
  return intern(names_, perfetto::InternedData::kEventNames, text);
}

PerfettoPackets::Iid PerfettoPackets::string_value(const std::string& text) {
  return intern(strings_, perfetto::InternedData::kDebugAnnotationStringValues, text);
}

}  // namespace gosnoop::output
