// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <string_view>

#include "base/bytes.h"

namespace gosnoop::gobin {

// The zero-terminated string at `offset`; empty where it does not end within `limit` bytes. The
// limit keeps a damaged file from making every name as long as the file.
inline std::string_view short_string_at(Bytes bytes, std::uint64_t offset,
                                        std::uint64_t limit = 1 << 16) {
  if (offset >= bytes.size()) return {};
  const auto size = std::min<std::uint64_t>(limit, bytes.size() - offset);
  return c_string_at(bytes.subspan(offset, size), 0).value_or("");
}

}  // namespace gosnoop::gobin
