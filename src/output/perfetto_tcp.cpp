// SPDX-License-Identifier: Apache-2.0
// The timeline's part about TCP: a track a connection, with what happens to it.
#include <fmt/format.h>

#include <algorithm>

#include "analyze/tcp.h"
#include "output/perfetto.h"
#include "output/perfetto_tracks.h"
#include "output/stack_text.h"
#include "output/tcp_trace.h"
#include "output/units.h"

namespace gosnoop::output {
namespace {

using namespace perfetto_tracks;
using event::TcpConnection;
using event::TcpWhat;

std::string ends(const TcpConnection& c) {
  return fmt::format("{} {} {}", c.local.text(), c.role == event::TcpRole::kServer ? "<-" : "->",
                     c.remote.text());
}

}  // namespace

// Begins where it is first heard of: it was opened then, or before the window.
PerfettoWriter::Track PerfettoWriter::begin_connection(const TcpConnection& c) {
  const auto [it, is_new] = connections_.try_emplace({c.id, c.opened}, 0);
  if (!is_new) return it->second;
  const Track track = track_of(Kind::kConnection, ++connections_begun_);
  it->second = track;
  packets_.track(track, kProcess, "connection " + ends(c));
  Packet begin{.type = Type::kSliceBegin,
               .track = track,
               .time = c.opened != 0 ? c.opened : std::min(start_, c.time),
               .text = ends(c)};
  if (c.goid != 0) begin.arguments.emplace_back("goroutine", fmt::format("{}", c.goid));
  const Frames stack = symbols_.stack(c.stack);
  const Frame* frame = opening_frame(stack);
  if (frame != nullptr) begin.arguments.emplace_back("opened by", brief(*frame));
  packets_.event(begin);
  return track;
}

void PerfettoWriter::handle(const TcpConnection& c) {
  note_time(c.time);
  const bool over = c.what == TcpWhat::kOver || c.ended;
  const bool looked_at = c.what == TcpWhat::kStatus;
  if (looked_at && over && !connections_.contains({c.id, c.opened})) return;
  const Track track = begin_connection(c);
  if (looked_at && !over) return;
  if (!over) return instant(track, c.time, tcp_event_name(c));
  Packet end{.type = Type::kSliceEnd, .track = track, .time = c.closed != 0 ? c.closed : c.time};
  if (c.error != 0) end.arguments.emplace_back("error", analyze::tcp_error_name(c.error));
  if (c.measured) {
    end.arguments.emplace_back("sent", memory_size(c.bytes_sent));
    end.arguments.emplace_back("received", memory_size(c.bytes_received));
  }
  packets_.event(end);
  connections_.erase({c.id, c.opened});
}

}  // namespace gosnoop::output
