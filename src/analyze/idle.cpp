// SPDX-License-Identifier: Apache-2.0
#include "analyze/idle.h"

#include <algorithm>
#include <array>

namespace gosnoop::analyze {
namespace {

// Functions whose waits are idle ones, in the standard library of Go 1.19 to 1.27. A caller that
// waits for the outcome has a stack of its own: net/http.(*persistConn).roundTrip, say.
constexpr std::array<std::string_view, 12> kIdle{
    "net.(*netFD).accept",          // net/fd_unix.go: the next connection
    "net/http.(*connReader).Read",  // net/http/server.go: the next request of a client
    "net/http.(*connReader).backgroundRead",
    "net/http.(*persistConn).Read",  // net/http/transport.go: the next response
    "net/http.(*persistConn).readLoop",
    "net/http.(*persistConn).writeLoop",
    "net/http.(*http2clientConnReadLoop).run",
    "net/http.(*http2serverConn).serve",
    "net/http.(*http2serverConn).readFrames",
    "os/signal.loop",
    "os/signal.signal_recv",
    "database/sql.(*DB).connectionOpener",
};

}  // namespace

bool waits_for_work(const symbol::Frames& stack) {
  return std::any_of(stack.begin(), stack.end(), [](const symbol::Frame& frame) {
    return std::find(kIdle.begin(), kIdle.end(), frame.function) != kIdle.end();
  });
}

}  // namespace gosnoop::analyze
