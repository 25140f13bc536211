// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bytes.h"
#include "base/result.h"

namespace gosnoop {

// Receives records of bpf/events.h: whole ones, header first, in the order they were made.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  // `record` is valid during the call only.
  virtual Result<void> on_record(Bytes record) = 0;
};

}  // namespace gosnoop
