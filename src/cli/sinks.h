// SPDX-License-Identifier: Apache-2.0
// Where a capture or a replay sends its records.
#pragma once

#include "base/record_sink.h"
#include "event/wire.h"

namespace gosnoop::cli {

// Decodes records and hands the events to anything with on(Event).
template <typename Consumer>
class Decoded final : public RecordSink {
 public:
  explicit Decoded(Consumer& consumer) : consumer_(consumer) {}

  Result<void> on_record(Bytes record) override {
    TRY_ASSIGN(auto event, event::decode(record));
    consumer_.on(event);
    return {};
  }

 private:
  Consumer& consumer_;
};

}  // namespace gosnoop::cli
