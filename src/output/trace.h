// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
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
// out of the line. `out` must outlive the writer; flushing it is up to the caller.
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
  void handle(const event::SnapshotBegin&) {}
  void handle(const event::GoState&) {}
  void handle(const event::SnapshotEnd&) {}
  void handle(const event::BlockTotals&) {}

  std::uint64_t wall_clock(event::TimeNs time) const;
  std::string start_function(std::uint64_t pc) const;
  std::string wait_reason(std::uint8_t reason) const;
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
};

}  // namespace gosnoop::output
