// SPDX-License-Identifier: Apache-2.0
// What happens to connections, for `gosnoop trace`.
#pragma once

#include <string>

#include "event/event.h"
#include "output/json_parts.h"
#include "symbol/symbols.h"

namespace gosnoop::output {

const char* tcp_event_name(const event::TcpConnection& connection);  // "connected", "retransmit", …

// "goroutine 7 connected 10.0.0.1:4711 -> 10.0.0.5:5432 in 310 µs at main.dial main.go:12"
std::string tcp_event_line(const event::TcpConnection& connection, const symbol::Symbols& symbols);

Json tcp_event_json(const event::TcpConnection& connection, const symbol::Symbols& symbols);

}  // namespace gosnoop::output
