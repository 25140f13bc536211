// SPDX-License-Identifier: Apache-2.0
#include "snapshot/structs.h"

#include <algorithm>

namespace gosnoop::snapshot {
namespace {

// To copy so much more costs less than another piece.
constexpr std::uint64_t kGap = 512;
constexpr std::uint64_t kMaxRun = 64 * 1024;

// Indexes of what may be read, by address.
std::vector<std::size_t> in_order(std::span<const std::uint64_t> addresses) {
  std::vector<std::size_t> order;
  order.reserve(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (may_be_pointer(addresses[i])) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&](auto a, auto b) { return addresses[a] < addresses[b]; });
  return order;
}

}  // namespace

std::vector<Structs::Run> Structs::make_runs(std::span<const std::uint64_t> addresses,
                                             const std::vector<std::size_t>& order) const {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < order.size(); ++i) {
    auto begin = addresses[order[i]], end = begin + size_;
    bool near =
        !runs.empty() && begin <= runs.back().end + kGap && end - runs.back().begin <= kMaxRun;
    if (near) {
      runs.back().last = i + 1;
      runs.back().end = end;
    } else {
      runs.push_back({i, i + 1, begin, end});
    }
  }
  return runs;
}

// Each of a run that cannot be read as a whole.
void Structs::read_singly(const target::Memory& memory, std::span<const std::uint64_t> addresses,
                          std::span<const std::size_t> indexes, std::span<std::byte> to) {
  const auto begin = addresses[indexes.front()];
  for (auto index : indexes) {
    auto place = to.subspan(addresses[index] - begin, size_);
    if (memory.read(RuntimeAddress{addresses[index]}, place)) structs_[index] = place;
  }
}

// One piece a run; their bytes follow each other in bytes_.
std::vector<target::Piece> Structs::make_pieces(const std::vector<Run>& runs) {
  std::size_t total = 0;
  for (const auto& run : runs) total += run.end - run.begin;
  bytes_.resize(total);
  std::vector<target::Piece> pieces;
  pieces.reserve(runs.size());
  auto rest = std::span(bytes_);
  for (const auto& run : runs) {
    auto size = run.end - run.begin;
    pieces.push_back({RuntimeAddress{run.begin}, rest.first(size)});
    rest = rest.subspan(size);
  }
  return pieces;
}

Structs::Structs(const target::Memory& memory, std::span<const std::uint64_t> addresses,
                 std::size_t size)
    : size_(size), structs_(addresses.size()) {
  const auto order = in_order(addresses);
  const auto runs = make_runs(addresses, order);
  auto pieces = make_pieces(runs);
  memory.read_all(pieces);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto [from, to, read] = pieces[i];
    auto indexes = std::span(order).subspan(runs[i].first, runs[i].last - runs[i].first);
    if (!read && indexes.size() > 1) read_singly(memory, addresses, indexes, to);
    if (!read) continue;
    for (auto index : indexes) structs_[index] = to.subspan(addresses[index] - from.value, size_);
  }
}

}  // namespace gosnoop::snapshot
