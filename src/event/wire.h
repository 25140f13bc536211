// SPDX-License-Identifier: Apache-2.0
// Events to and from the bytes of bpf/events.h.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/record_sink.h"
#include "base/result.h"
#include "event/event.h"

namespace gosnoop::event {

using gosnoop::RecordSink;

// Total: any bytes give an Event or an Error (kBadRecording). The length is checked against the
// kind before anything is read. A kind this version does not know is an error too.
Result<Event> decode(Bytes record);

// The record of an event, header included. decode(encode(e)) == e.
std::vector<std::byte> encode(const Event& event);

// Whether records of this one's kind name addresses in the target's text. Costs no decoding.
bool names_addresses(Bytes record);

// The system call that a Syscall or SyscallTotals record is of; nothing for others. Costs no
// decoding.
std::optional<std::uint32_t> syscall_number(Bytes record);

// Length of the record that starts at `bytes`, from its header; nothing where the header is cut off
// or its size is impossible (smaller than a header, not a multiple of 8, over 1 MiB).
std::optional<std::size_t> record_size(Bytes bytes);

}  // namespace gosnoop::event
