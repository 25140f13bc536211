// SPDX-License-Identifier: Apache-2.0
#include "snapshot/thread_reader.h"

#include <algorithm>

#include "snapshot/structs.h"

namespace gosnoop::snapshot {

// By m.procid, where the m says that this goroutine is its. One that is locked to it is so also
// after its turn was taken away, be it since the g was read.
std::int32_t ThreadReader::thread_of(const Goroutine& g, Bytes m) const {
  const auto& at = layout_.m;
  bool runs = g.m != 0 && field(m, at.curg) == g.address.value;
  bool locked = g.locked_m != 0 && field(m, at.lockedg) == g.address.value;
  return runs || locked ? threads_.find(static_cast<pid_t>(field(m, at.procid))) : 0;
}

std::vector<std::int32_t> ThreadReader::read(std::span<const Goroutine> batch) const {
  std::vector<std::int32_t> threads(batch.size());
  std::vector<std::size_t> index;
  std::vector<std::uint64_t> addresses;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    auto m = batch[i].m != 0 ? batch[i].m : batch[i].locked_m;
    if (m == 0) continue;
    index.push_back(i);
    addresses.push_back(m);
  }
  const auto& at = layout_.m;
  auto size = static_cast<std::size_t>(std::max({at.procid, at.curg, at.lockedg})) + 8;
  const Structs read(memory_, addresses, size);
  for (std::size_t i = 0; i < index.size(); ++i) {
    threads[index[i]] = thread_of(batch[index[i]], read[i]);
  }
  return threads;
}

}  // namespace gosnoop::snapshot
