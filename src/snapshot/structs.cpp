// SPDX-License-Identifier: Apache-2.0
#include "snapshot/structs.h"

namespace gosnoop::snapshot {

Structs::Structs(const target::Memory& memory, std::span<const std::uint64_t> addresses,
                 std::size_t size)
    : size_(size), bytes_(addresses.size() * size), read_(addresses.size()) {
  std::vector<target::Piece> pieces;
  std::vector<std::size_t> index;
  pieces.reserve(addresses.size());
  index.reserve(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!may_be_pointer(addresses[i])) continue;
    pieces.push_back({RuntimeAddress{addresses[i]}, std::span(bytes_).subspan(i * size, size)});
    index.push_back(i);
  }
  memory.read_all(pieces);
  for (std::size_t i = 0; i < pieces.size(); ++i) read_[index[i]] = pieces[i].read;
}

}  // namespace gosnoop::snapshot
