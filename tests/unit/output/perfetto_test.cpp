// SPDX-License-Identifier: Apache-2.0
#include "output/perfetto.h"

#include <gtest/gtest.h>

#include <protozero/pbf_message.hpp>
#include <sstream>

#include "golden.h"
#include "output/perfetto_tracks.h"

namespace gosnoop::output {
namespace {

namespace pf = perfetto;
using perfetto_tracks::Kind;
using perfetto_tracks::track_of;

constexpr event::TimeNs kStart = 5'000'000'000;

struct Packet {
  std::uint64_t time = 0, track = 0, flow = 0, flow_end = 0, described = 0;
  std::int32_t type = 0;
  std::uint32_t flags = 0;
  std::int64_t count = 0;
  std::string name;
};

// Enough of a reader to see what was written; tests/golden/perfetto.py reads it all, by protoc.
class Reader {
 public:
  explicit Reader(const std::string& data) {
    protozero::pbf_message<pf::Trace> trace(data);
    while (trace.next(pf::Trace::kPacket)) packet(trace.get_message());
  }

  std::vector<Packet> packets;
  std::size_t strings = 0;

  std::vector<Packet> events(const std::string& name) const {
    std::vector<Packet> found;
    for (const Packet& packet : packets) {
      if (packet.type != 0 && packet.name == name) found.push_back(packet);
    }
    return found;
  }
  std::vector<std::string> tracks() const {
    std::vector<std::string> names;
    for (const Packet& packet : packets) {
      if (packet.described != 0) names.push_back(packet.name);
    }
    return names;
  }

 private:
  void packet(protozero::pbf_message<pf::Packet> message) {
    Packet packet;
    while (message.next()) {
      if (message.tag() == pf::Packet::kTimestamp) {
        packet.time = message.get_uint64();
      } else if (message.tag() == pf::Packet::kSequenceFlags) {
        packet.flags = message.get_uint32();
      } else if (message.tag() == pf::Packet::kTrackEvent) {
        event(message.get_message(), packet);
      } else if (message.tag() == pf::Packet::kTrackDescriptor) {
        descriptor(message.get_message(), packet);
      } else if (message.tag() == pf::Packet::kInternedData) {
        interned(message.get_message());
      } else {
        message.skip();
      }
    }
    packets.push_back(packet);
  }

  void descriptor(protozero::pbf_message<pf::TrackDescriptor> message, Packet& packet) {
    while (message.next()) {
      if (message.tag() == pf::TrackDescriptor::kUuid) {
        packet.described = message.get_uint64();
      } else if (message.tag() == pf::TrackDescriptor::kName) {
        packet.name = message.get_string();
      } else {
        message.skip();
      }
    }
  }

  void event(protozero::pbf_message<pf::TrackEvent> message, Packet& packet) {
    while (message.next()) {
      switch (message.tag()) {
        case pf::TrackEvent::kType:
          packet.type = message.get_enum();
          break;
        case pf::TrackEvent::kTrackUuid:
          packet.track = message.get_uint64();
          break;
        case pf::TrackEvent::kName:
          packet.name = message.get_string();
          break;
        case pf::TrackEvent::kNameIid:
          packet.name = names_.at(message.get_uint64());
          break;
        case pf::TrackEvent::kCounterValue:
          packet.count = message.get_int64();
          break;
        case pf::TrackEvent::kFlowIds:
          packet.flow = message.get_fixed64();
          break;
        case pf::TrackEvent::kTerminatingFlowIds:
          packet.flow_end = message.get_fixed64();
          break;
        default:
          message.skip();
      }
    }
  }

  void interned(protozero::pbf_message<pf::InternedData> message) {
    while (message.next()) {
      const bool is_name = message.tag() == pf::InternedData::kEventNames;
      protozero::pbf_message<pf::Interned> entry = message.get_message();
      std::uint64_t iid = 0;
      std::string text;
      while (entry.next()) {
        if (entry.tag() == pf::Interned::kIid) {
          iid = entry.get_uint64();
        } else {
          text = entry.get_string();
        }
      }
      ++strings;
      if (is_name) {
        EXPECT_TRUE(names_.emplace(iid, text).second) << "one number for two names";
      }
    }
  }

  std::map<std::uint64_t, std::string> names_;
};

std::vector<event::Event> beginning() {
  event::Target target;
  target.pid = 4242;
  target.exe = "/usr/bin/app";
  target.wait_reasons = {"", "chan receive"};
  event::GoState parked{.time = kStart + 20, .goid = 7, .start_pc = 0x1000, .stack = 1};
  parked.status = event::GoStatus::kWaiting;
  parked.reason = 1;
  return {target,
          event::WindowStart{kStart, 1},
          event::Symbol{0x1000, {{"main.work", "/src/main.go", 38}}},
          event::Symbol{0x2000, {{"main.wait", "/src/main.go", 40}}},
          event::Stack{1, false, {0x2000}},
          event::SnapshotBegin{kStart + 10},
          parked,
          event::SnapshotEnd{kStart + 30, 1, 0}};
}

Reader timeline(const std::vector<event::Event>& events, bool from_the_beginning = true) {
  std::ostringstream out;
  PerfettoWriter writer(out);
  if (from_the_beginning) {
    for (const auto& event : beginning()) writer.on(event);
  }
  for (const auto& event : events) writer.on(event);
  writer.finish();
  return Reader(out.str());
}

event::GoBlock wait_of(event::Goid goid, event::TimeNs end, std::uint64_t ns) {
  event::GoBlock block;
  block.time = end;
  block.goid = goid;
  block.duration_ns = ns;
  block.stack = 1;
  block.reason = 1;
  return block;
}

constexpr const char* kWait = "chan receive at main.wait main.go:40";

TEST(Perfetto, TheFirstPacketBeginsTheSequence) {
  const Reader reader = timeline({});
  ASSERT_FALSE(reader.packets.empty());
  EXPECT_EQ(reader.packets[0].flags, pf::kIncrementalStateCleared);
  for (std::size_t i = 1; i < reader.packets.size(); ++i) {
    EXPECT_EQ(reader.packets[i].flags, pf::kNeedsIncrementalState);
  }
}

TEST(Perfetto, AWaitIsASliceOnTheTrackOfItsGoroutine) {
  const Reader reader =
      timeline({event::GoCreate{.time = kStart + 100, .goid = 18, .start_pc = 0x1000},
                wait_of(18, kStart + 1000, 300), event::GoExit{kStart + 2000, 18}});
  const auto waits = reader.events(kWait);
  ASSERT_EQ(waits.size(), 2u);  // the other is that of goroutine 7, which waits on
  EXPECT_EQ(waits[0].time, kStart + 700);
  EXPECT_EQ(waits[0].track, track_of(Kind::kGoroutine, 18));
  EXPECT_EQ(waits[1].track, track_of(Kind::kGoroutine, 7));
  EXPECT_EQ(waits[1].time, kStart);
  const auto tracks = reader.tracks();
  EXPECT_NE(std::ranges::find(tracks, "goroutine 18 main.work"), tracks.end());
}

// A slice must not begin before the one around it.
TEST(Perfetto, AWaitBeginsNoEarlierThanItsGoroutine) {
  const Reader reader = timeline(
      {event::GoCreate{.time = kStart + 900, .goid = 18}, wait_of(18, kStart + 1000, 5000)});
  EXPECT_EQ(reader.events(kWait)[0].time, kStart + 900);
}

TEST(Perfetto, AnArrowGoesFromTheWakerToTheWoken) {
  auto block = wait_of(18, kStart + 1000, 300);
  block.waker = event::Waker::kGoroutine;
  block.waker_goid = 7;
  auto by_timer = wait_of(18, kStart + 2000, 300);
  by_timer.waker = event::Waker::kTimer;
  const Reader reader =
      timeline({event::GoCreate{.time = kStart + 100, .goid = 18}, block, by_timer});
  const auto wakes = reader.events("wakes"), woken = reader.events("woken");
  ASSERT_EQ(wakes.size(), 2u);
  ASSERT_EQ(woken.size(), 2u);
  EXPECT_EQ(wakes[0].track, track_of(Kind::kGoroutine, 7));
  EXPECT_EQ(woken[0].track, track_of(Kind::kGoroutine, 18));
  EXPECT_EQ(wakes[1].track, track_of(event::Waker::kTimer));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NE(wakes[i].flow, 0u);
    EXPECT_EQ(wakes[i].flow, woken[i].flow_end);
  }
  EXPECT_NE(wakes[0].flow, wakes[1].flow);
}

TEST(Perfetto, EventsBeforeTheFirstSnapshotWaitForIt) {
  auto events = beginning();
  events.insert(events.begin() + 5, event::Event(wait_of(7, kStart + 5, 4)));
  const Reader reader = timeline(events, false);
  const auto tracks = reader.tracks();
  EXPECT_NE(std::ranges::find(tracks, "goroutine 7 main.work"), tracks.end());
  EXPECT_EQ(std::ranges::find(tracks, "goroutine 7"), tracks.end());
}

TEST(Perfetto, GoroutinesThatEndedUnseenAreNotCounted) {
  const Reader reader = timeline({event::SnapshotBegin{kStart + 1'000'000'000},
                                  event::SnapshotEnd{kStart + 1'000'000'100, 0, 0}});
  EXPECT_TRUE(reader.events(kWait).empty());
  const auto track = track_of(Kind::kFixed, 2);
  std::vector<std::int64_t> counts;
  for (const Packet& packet : reader.packets) {
    if (packet.track == track) counts.push_back(packet.count);
  }
  EXPECT_EQ(counts, (std::vector<std::int64_t>{1, 0, 0}));
}

// However many names there are, those kept are few, and none is used that was forgotten.
TEST(Perfetto, InternedStringsAreBounded) {
  std::vector<event::Event> events;
  constexpr std::uint64_t kMany = 50'000;
  for (std::uint64_t i = 0; i < kMany; ++i) {
    events.emplace_back(event::Symbol{0x10000 + i, {{"f" + std::to_string(i), "/f.go", 1}}});
    events.emplace_back(event::Stack{100 + i, false, {0x10000 + i}});
    auto block = wait_of(7, kStart + 1000 + i, 1);
    block.stack = 100 + i;
    events.emplace_back(block);
  }
  const Reader reader = timeline(events);
  EXPECT_EQ(std::ranges::count(reader.packets, pf::kIncrementalStateCleared, &Packet::flags), 2);
  EXPECT_GE(reader.strings, 2 * kMany);
  EXPECT_EQ(reader.events("chan receive at f49999 f.go:1").size(), 1u);
}

TEST(Perfetto, WithoutAnythingItIsATraceToo) {
  const Reader reader = timeline({}, false);
  EXPECT_EQ(reader.packets.size(), 1u);
}

event::TcpConnection connection(event::TcpWhat what, event::TimeNs time) {
  event::TcpConnection c;
  c.time = time;
  c.id = 1;
  c.opened = kStart + 1000;
  c.goid = 7;
  c.what = what;
  c.role = event::TcpRole::kClient;
  const std::uint8_t here[] = {10, 0, 0, 1}, there[] = {10, 0, 0, 5};
  c.local = ipv4_endpoint(here, 4711);
  c.remote = ipv4_endpoint(there, 5432);
  return c;
}

TEST(Perfetto, AConnectionIsATrack) {
  using event::TcpWhat;
  const Reader reader = timeline({connection(TcpWhat::kConnected, kStart + 2000),
                                  connection(TcpWhat::kStatus, kStart + 2500),
                                  connection(TcpWhat::kRetransmitted, kStart + 3000),
                                  connection(TcpWhat::kOver, kStart + 4000)});
  const auto slices = reader.events("10.0.0.1:4711 -> 10.0.0.5:5432");
  ASSERT_EQ(slices.size(), 1u);
  EXPECT_EQ(slices[0].time, kStart + 1000);
  EXPECT_EQ(reader.events("retransmit").size(), 1u);
  EXPECT_EQ(reader.events("retransmit")[0].track, slices[0].track);
  const auto of_track = std::ranges::count(reader.packets, slices[0].track, &Packet::track);
  EXPECT_EQ(of_track, 4);  // the slice's begin and end, connected, retransmit
}

TEST(Perfetto, ASystemCallThatHasNotReturnedHasNoEnd) {
  event::Syscall call;
  call.time = kStart + 5000;
  call.goid = 7;
  call.duration_ns = 1000;
  call.number = 3;
  call.text = "read(fd=7)";
  event::Syscall hanging = call;
  hanging.in_flight = true;
  const Reader reader = timeline({event::SyscallName{3, "read"}, call, hanging});
  EXPECT_EQ(reader.events("read").size(), 2u);
  const auto track = track_of(Kind::kCalls, 7);
  EXPECT_EQ(std::ranges::count(reader.packets, track, &Packet::track), 3);
}

}  // namespace
}  // namespace gosnoop::output
