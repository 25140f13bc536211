// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <unordered_map>
#include <utility>

#include "event/event.h"
#include "output/style.h"
#include "symbol/symbols.h"

namespace gosnoop::output {

inline constexpr const char* kTraceSchema = "gosnoop.trace/1";

struct TraceOptions {
  bool json = false;  // an object a line: docs/trace-schema.md
  bool color = false;
};

// Writes a line an event as they come, like strace. A stack or name that has not come yet is left
// out of the line. Goroutines that no creation announced are known from snapshots: in text one line
// counts those there at the start, and each is introduced before its first line; in JSON each has
// an object. `out` must outlive the writer; flushing it is up to the caller.
class TraceWriter {
 public:
  explicit TraceWriter(std::ostream& out, TraceOptions options = {})
      : out_(out), json_(options.json), style_(options.color) {}

  void on(const event::Event& event);

 private:
  void handle(const event::GoCreate& create);
  void handle(const event::GoBlock& block);
  void handle(const event::GoExit& exit);
  void handle(const event::Loss& loss);
  void handle(const event::WindowEnd& end);
  void handle(const event::WindowStart& start) { start_ = start; }
  void handle(const event::Target& target) { target_ = target; }
  void handle(const event::Stack& stack) { symbols_.on(stack); }
  void handle(const event::Symbol& symbol) { symbols_.on(symbol); }
  void handle(const event::SnapshotBegin& begin) { snapshot_begin_ = begin.time; }
  void handle(const event::GoState& state);
  void handle(const event::SnapshotEnd& end);
  void handle(const event::BlockTotals&) {}
  void handle(const event::Goids&) {}
  void handle(const event::Syscall& call);
  void handle(const event::SyscallName&) {}
  void handle(const event::SyscallTotals&) {}
  void handle(const event::SyscallErrors&) {}
  void handle(const event::SyscallGoroutines&) {}
  void handle(const event::TcpConnection& connection);
  void handle(const event::TcpTotals&) {}
  void handle(const event::ProbeCost&) {}
  void handle(const event::SocketsMade&) {}
  void handle(const event::WaitSocket& socket);
  void handle(const event::GoSocket&) {}

  struct Known {
    event::GoState state;     // of one that no creation announced
    event::TimeNs seen = 0;   // when it was created, or a snapshot found it
    bool introduced = false;  // a line says who it is
    bool was_there = false;   // when the window began
  };

  void introduce(event::Goid goid, event::TimeNs time);
  void introduce(const Known& goroutine, event::TimeNs time);
  void write_census(event::TimeNs time);
  std::string creation(event::Goid parent, const symbol::Frames& stack,
                       std::uint64_t start_pc) const;
  std::uint64_t wall_clock(event::TimeNs time) const;
  std::string start_function(std::uint64_t pc) const;
  std::string wait_reason(std::uint8_t reason) const;
  const event::WaitSocket* socket_of(const event::GoBlock& block) const;
  void write(event::TimeNs time, const std::string& text);
  void write(event::TimeNs time, const nlohmann::ordered_json& fields);

  std::ostream& out_;
  bool json_;
  Style style_;
  symbol::Symbols symbols_;
  event::Target target_;
  event::WindowStart start_;
  event::TimeNs last_ = 0;  // a loss has no time of its own
  std::map<std::pair<event::LossKind, std::uint16_t>, std::uint64_t> dropped_;
  std::unordered_map<event::Goid, Known> known_;
  event::TimeNs snapshot_begin_ = 0;
  bool had_snapshot_ = false;
  std::unordered_map<std::uint32_t, event::WaitSocket> sockets_;  // by inode
};

}  // namespace gosnoop::output
