// SPDX-License-Identifier: Apache-2.0
#include "snapshot/waits_network.h"

#include <algorithm>
#include <limits>

namespace gosnoop::snapshot {
namespace {

std::size_t extent(const gobin::RuntimeLayout& layout) {
  const auto& at = layout.poll_desc;
  return static_cast<std::size_t>(std::max({at.fd, at.rg, at.wg, at.self})) + sizeof(std::uint64_t);
}

}  // namespace

NetworkReader::NetworkReader(const target::Memory& memory, const gobin::RuntimeLayout& layout,
                             const target::Sockets& sockets)
    : layout_(layout),
      sockets_(sockets),
      finder_(memory, extent(layout), [this](const Goroutine& g, std::uint64_t at, Bytes bytes) {
        return parse(g, at, bytes);
      }) {}

std::optional<NetworkReader::Poll> NetworkReader::parse(const Goroutine& g, std::uint64_t address,
                                                        Bytes poll_desc) const {
  const auto& at = layout_.poll_desc;
  bool reads = field(poll_desc, at.rg) == g.address.value;
  bool writes = field(poll_desc, at.wg) == g.address.value;
  auto fd = field(poll_desc, at.fd);
  bool fits = field(poll_desc, at.self) == address && reads != writes &&
              fd <= std::numeric_limits<std::int32_t>::max();
  if (!fits) return std::nullopt;
  return Poll{address, static_cast<std::int32_t>(fd), writes};
}

void NetworkReader::read(WantedBatch batch) {
  std::vector<const Goroutine*> goroutines;
  std::vector<WaitsFor*> waits;
  for (const auto& wanted : batch) {
    if (wanted.wait != Wait::kNetwork) continue;
    goroutines.push_back(wanted.g);
    waits.push_back(wanted.waits);
  }
  const auto polls = finder_.find(goroutines);
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (!polls[i]) continue;
    waits[i]->kind = WaitsFor::Kind::kNetwork;
    waits[i]->address = polls[i]->address;
    waits[i]->fd = polls[i]->fd;
    waits[i]->write = polls[i]->write;
    waits[i]->socket = sockets_.find(polls[i]->fd);
  }
}

}  // namespace gosnoop::snapshot
