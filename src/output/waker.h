// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "event/event.h"

namespace gosnoop::output {

const char* waker_name(event::Waker waker);    // in JSON: "goroutine", "netpoll", …
const char* waker_phrase(event::Waker waker);  // in text: "the network poller"

}  // namespace gosnoop::output
