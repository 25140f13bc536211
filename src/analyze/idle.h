// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "symbol/symbols.h"

namespace gosnoop::analyze {

// Is this a goroutine of the standard library that waits for something to do: the next connection,
// request, response or signal? Such waits are long in every healthy server, and say nothing about
// what slows it down. `stack`: innermost first.
bool waits_for_work(const symbol::Frames& stack);

}  // namespace gosnoop::analyze
