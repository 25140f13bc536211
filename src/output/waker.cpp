// SPDX-License-Identifier: Apache-2.0
#include "output/waker.h"

namespace gosnoop::output {

using event::Waker;

const char* waker_name(Waker waker) {
  switch (waker) {
    case Waker::kGoroutine:
      return "goroutine";
    case Waker::kNetpoll:
      return "netpoll";
    case Waker::kTimer:
      return "timer";
    case Waker::kRuntime:
      return "runtime";
    case Waker::kUnknown:
      break;
  }
  return "unknown";
}

const char* waker_phrase(Waker waker) {
  switch (waker) {
    case Waker::kGoroutine:
      return "a goroutine";
    case Waker::kNetpoll:
      return "the network poller";
    case Waker::kTimer:
      return "a timer";
    case Waker::kRuntime:
      return "the runtime";
    case Waker::kUnknown:
      break;
  }
  return "unknown";
}

}  // namespace gosnoop::output
