// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <ostream>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "event/event.h"
#include "output/perfetto_packets.h"
#include "symbol/symbols.h"

namespace gosnoop::output {

// Writes a timeline for the Perfetto UI while events come: a track a goroutine, a slice for its
// life and for each wait, an arrow from who woke it; system calls and connections on tracks of
// their own; counters of goroutines. What is kept in memory grows with the goroutines, connections
// and threads that are there, not with events.
class PerfettoWriter {
 public:
  // `out` must outlive the writer.
  explicit PerfettoWriter(std::ostream& out) : packets_(out) {}

  void on(const event::Event& event);
  // The waits that are on when all events have come.
  void finish();

 private:
  // Events that name goroutines before the first snapshot tells who these are wait for it.
  static constexpr std::size_t kMostWaiting = std::size_t{1} << 16;

  using Track = PerfettoPackets::Track;
  using Packet = PerfettoPackets::Event;
  using Type = PerfettoPackets::EventType;

  void dispatch(const event::Event& event);
  bool waits_for_snapshot(const event::Event& event) const;
  void let_go();
  void handle(const event::GoCreate& create);
  void handle(const event::GoBlock& block);
  void handle(const event::GoExit& exit);
  void handle(const event::Loss& loss);
  void handle(const event::WindowStart& start);
  void handle(const event::WindowEnd& end);
  void handle(const event::Target& target);
  void handle(const event::Stack& stack) { symbols_.on(stack); }
  void handle(const event::Symbol& symbol) { symbols_.on(symbol); }
  void handle(const event::SnapshotBegin& begin);
  void handle(const event::GoState& state);
  void handle(const event::SnapshotEnd& end);
  void handle(const event::Syscall& call);
  void handle(const event::SyscallName& name) { syscalls_[name.number] = name.name; }
  void handle(const event::TcpConnection& connection);
  void handle(const event::WaitSocket& socket) {
    sockets_[static_cast<std::uint32_t>(socket.inode)] = socket.remote.text();
  }
  // Sums are no moments.
  void handle(const event::BlockTotals&) {}
  void handle(const event::Goids&) {}
  void handle(const event::GoSocket&) {}
  void handle(const event::SyscallTotals&) {}
  void handle(const event::SyscallErrors&) {}
  void handle(const event::SyscallGoroutines&) {}
  void handle(const event::TcpTotals&) {}
  void handle(const event::ProbeCost&) {}
  void handle(const event::SocketsMade&) {}

  // A goroutine that is there.
  struct Life {
    event::TimeNs begun = 0;  // what is known of it begins
    event::TimeNs seen = 0;
    event::TimeNs woken = 0;
    event::TimeNs since = 0;  // parked, as the last snapshot has it; 0: not known
    event::StackHash stack = 0;
    std::uint64_t start_pc = 0;
    std::uint8_t reason = 0;
    bool parked = false;
    bool system = false;
    bool shown = false;  // its track has begun
  };
  // What a wait is called.
  struct WaitName {
    PerfettoPackets::Iid name = 0, stack = 0;
  };

  Track goroutine_track(event::Goid goid);
  void show(event::Goid goid, Life& life);
  Life& begin_life(event::Goid goid, event::TimeNs time, std::uint64_t start_pc);
  void end_life(event::Goid goid, const Life& life, event::TimeNs time);
  WaitName wait_name(std::uint8_t reason, event::StackHash stack);
  std::string reason_text(std::uint8_t reason) const;
  std::string stack_text(event::StackHash stack) const;
  void wake(const event::GoBlock& block, Track woken);
  Track waker_track(const event::GoBlock& block);
  Track syscall_track(const event::Syscall& call);
  Track begin_connection(const event::TcpConnection& connection);
  void note_time(event::TimeNs time);
  void count(event::TimeNs time);
  void instant(Track track, event::TimeNs time, std::string text);

  PerfettoPackets packets_;
  symbol::Symbols symbols_;
  event::Target target_;
  bool clocks_written_ = false;
  event::TimeNs start_ = 0;
  event::TimeNs last_ = 0;
  event::TimeNs counted_ = 0;  // when the counter was last written
  event::TimeNs snapshot_begin_ = 0;
  bool had_snapshot_ = false;
  std::vector<event::Event> waiting_;
  std::uint64_t count_ = 0;  // goroutines, without those of the runtime
  std::uint64_t flows_ = 0;
  std::unordered_map<event::Goid, Life> lives_;
  std::map<std::pair<std::uint8_t, event::StackHash>, WaitName> wait_names_;
  std::unordered_map<std::uint32_t, std::string> syscalls_;  // names, by number
  std::unordered_map<std::uint32_t, std::string> sockets_;   // peers, by inode
  std::map<std::pair<std::uint64_t, event::TimeNs>, Track> connections_;
  std::uint64_t connections_begun_ = 0;
  std::map<std::pair<event::LossKind, std::uint16_t>, std::uint64_t> dropped_;
};

}  // namespace gosnoop::output
