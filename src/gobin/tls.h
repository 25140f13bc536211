// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "gobin/go_binary.h"
#include "gobin/x86_code.h"

namespace gosnoop::gobin {

// From the instruction of runtime.mcall that stores g (R14) in thread-local storage.
std::optional<TlsOffset> decode_tls_offset(const Code& mcall);

}  // namespace gosnoop::gobin
