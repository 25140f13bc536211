// SPDX-License-Identifier: Apache-2.0
#include "output/trace.h"

#include <fmt/ostream.h>

#include <algorithm>
#include <type_traits>

#include "output/stack_text.h"
#include "output/trace_json.h"
#include "output/units.h"
#include "output/waker.h"

namespace gosnoop::output {
namespace {

std::string at(const Frame* frame) { return frame == nullptr ? "" : " at " + brief(*frame); }

std::string woken_by(const event::GoBlock& block, const symbol::Symbols& symbols) {
  if (block.waker == event::Waker::kUnknown) return "";
  if (block.waker != event::Waker::kGoroutine) {
    return fmt::format(", woken by {}", waker_phrase(block.waker));
  }
  const Frames stack = symbols.stack(block.waker_stack);
  return fmt::format(", woken by goroutine {}{}", block.waker_goid, at(waiting_frame(stack)));
}

}  // namespace

void TraceWriter::on(const event::Event& event) {
  std::visit([this](const auto& of_kind) { handle(of_kind); }, event);
}

std::uint64_t TraceWriter::wall_clock(event::TimeNs time) const {
  return start_.wall_clock_ns + (time - start_.time);  // also right for a time before the start
}

std::string TraceWriter::start_function(std::uint64_t pc) const {
  const Frames frames = symbols_.at(pc);
  return frames.empty() ? "" : frames.back().function;
}

std::string TraceWriter::wait_reason(std::uint8_t reason) const {
  if (reason < target_.wait_reasons.size()) return target_.wait_reasons[reason];
  return fmt::format("wait reason {}", reason);
}

void TraceWriter::write(event::TimeNs time, const std::string& text) {
  last_ = std::max(last_, time);
  fmt::print(out_, "{} {}\n", style_.dim(local_time(wall_clock(time))), text);
}

void TraceWriter::write(event::TimeNs time, const Json& fields) {
  last_ = std::max(last_, time);
  Json object = {{"schema", kTraceSchema}, {"time", rfc3339(wall_clock(time))}};
  object.update(fields);
  out_ << dump(object, -1) << '\n';
}

void TraceWriter::handle(const event::GoCreate& create) {
  const std::string function = start_function(create.start_pc);
  if (json_) return write(create.time, create_json(create, function, symbols_));
  const Frames stack = symbols_.stack(create.stack);
  const std::string by =
      create.parent == 0 ? "by the runtime" : fmt::format("by {}", create.parent);
  write(create.time, fmt::format("goroutine {} created {}{} runs {}", create.goid, by,
                                 at(creating_frame(stack)), printable(function)));
}

void TraceWriter::handle(const event::GoBlock& block) {
  const std::string reason = wait_reason(block.reason);
  if (json_) return write(block.time, block_json(block, reason, symbols_));
  const Frames stack = symbols_.stack(block.stack);
  write(block.time,
        fmt::format("goroutine {} waited {} [{}]{}{}", block.goid, duration(block.duration_ns),
                    printable(reason), at(waiting_frame(stack)), woken_by(block, symbols_)));
}

void TraceWriter::handle(const event::GoExit& exit) {
  if (json_) return write(exit.time, exit_json(exit));
  write(exit.time, fmt::format("goroutine {} exited", exit.goid));
}

void TraceWriter::handle(const event::Loss& loss) {
  std::uint64_t& known = dropped_[{loss.what, loss.cpu}];
  if (loss.dropped <= known) return;
  const std::uint64_t more = loss.dropped - known;
  known = loss.dropped;
  const event::TimeNs time = std::max(last_, start_.time);
  if (json_) return write(time, loss_json(loss, more));
  write(time, fmt::format("{} {} {} events (no room for them)", style_.warning("LOST"),
                          thousands(more), loss_name(loss.what)));
}

void TraceWriter::handle(const event::WindowEnd& end) {
  if (json_) return write(end.time, end_json(end));
  if (end.reason == event::EndReason::kComplete) return;
  const bool exited = end.reason == event::EndReason::kTargetExited;
  write(end.time, std::string("the target ") + (exited ? "exited" : "executed another program"));
}

}  // namespace gosnoop::output
