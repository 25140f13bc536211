// SPDX-License-Identifier: Apache-2.0
// The objects of a JSON trace, without "schema" and "time".
#pragma once

#include <string>

#include "output/json_parts.h"

namespace gosnoop::output {

Json create_json(const event::GoCreate& create, const std::string& start_function,
                 const symbol::Symbols& symbols);
// `socket`: what it waited for; nullptr: none, or not known.
Json block_json(const event::GoBlock& block, const std::string& wait_reason,
                const event::WaitSocket* socket, const symbol::Symbols& symbols);
// Without "wait_reason" and "since".
Json state_json(const event::GoState& state, const std::string& start_function,
                const symbol::Symbols& symbols);
Json syscall_json(const event::Syscall& call, const symbol::Symbols& symbols);
Json exit_json(const event::GoExit& exit);
Json loss_json(const event::Loss& loss, std::uint64_t dropped);
Json end_json(const event::WindowEnd& end);

// Does it wait for something?
bool is_parked(event::GoStatus status);
// Did it return an error (include/linux/err.h, MAX_ERRNO)?
inline bool failed(const event::Syscall& call) { return call.result < 0 && call.result >= -4095; }

const char* loss_name(event::LossKind kind);

}  // namespace gosnoop::output
