// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <string>

#include "analyze/report.h"
#include "output/text.h"

namespace gosnoop::output {

// Who opened it: "goroutine 7 at main.dial main.go:7, created at main.main main.go:3"; "": not
// known.
std::string connection_owner(const analyze::TcpConnection& connection);

// What is wrong with the program's connections: a line each for leaks, failures, retransmits; one
// that says so where there is nothing.
void write_tcp_answers(std::ostream& out, const analyze::Report& report,
                       const TextOptions& options);
// Connections by remote; then the failed, the slow, the leaking, with the lines that opened them.
void write_tcp_evidence(std::ostream& out, const analyze::Report& report,
                        const TextOptions& options);

}  // namespace gosnoop::output
