// SPDX-License-Identifier: Apache-2.0
// The packets of a Perfetto trace, one after the other, with nothing kept but the strings that were
// interned.
#pragma once

#include <cstdint>
#include <ostream>
#include <protozero/pbf_builder.hpp>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/event.h"
#include "output/perfetto_proto.h"

namespace gosnoop::output {

class PerfettoPackets {
 public:
  using Track = std::uint64_t;
  using Iid = std::uint64_t;  // of an interned string; 0: none
  using EventType = perfetto::EventType;

  struct Event {
    EventType type = EventType::kInstant;
    Track track = 0;
    event::TimeNs time = 0;
    Iid name = 0;
    std::string text = {};   // the name, where it is not interned
    std::uint64_t flow = 0;  // begins here; 0: none
    std::uint64_t flow_end = 0;
    std::int64_t count = 0;  // of a counter
    Iid stack = 0;
    std::vector<std::pair<const char*, std::string>> arguments = {};
  };

  // `out` must outlive it.
  explicit PerfettoPackets(std::ostream& out) : out_(out) { forget_strings(); }

  void clocks(event::TimeNs monotonic, std::uint64_t realtime);
  void process_track(Track track, const event::Target& target);
  void track(Track track, Track parent, std::string_view name);
  void counter_track(Track track, Track parent, std::string_view name);
  void event(const Event& event);

  Iid event_name(const std::string& text);
  Iid string_value(const std::string& text);

  // So many strings are interned that it is time to forget them: memory stays bounded.
  bool is_full() const { return names_.size() + strings_.size() > kMostStrings; }
  // Numbers of strings from before are void.
  void forget_strings();

 private:
  static constexpr std::size_t kMostStrings = std::size_t{1} << 16;
  using Packet = protozero::pbf_builder<perfetto::Packet>;
  using Strings = std::unordered_map<std::string, Iid>;

  Iid intern(Strings& strings, perfetto::InternedData field, const std::string& text);
  template <typename Fill>
  void packet(std::uint32_t flags, Fill fill);

  std::ostream& out_;
  Strings names_, strings_;
  Iid last_iid_ = 0;
  std::string trace_;  // the packet in the making
};

}  // namespace gosnoop::output
