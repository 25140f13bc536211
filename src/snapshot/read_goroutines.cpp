// SPDX-License-Identifier: Apache-2.0
#include "snapshot/read_goroutines.h"

#include <algorithm>
#include <numeric>

namespace gosnoop::snapshot {
namespace {

constexpr std::uint64_t kPage = 4096;

// Some g's in one page, by their places in `order`.
struct Run {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t buffer = 0;  // where their bytes go
};

class Reader {
 public:
  Reader(const target::Memory& memory, const gobin::RuntimeLayout& layout,
         std::span<const std::uint64_t> addresses)
      : memory_(memory),
        layout_(layout),
        addresses_(addresses),
        extent_(goroutine_extent(layout)),
        order_(addresses.size()),
        read_(addresses.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    std::sort(order_.begin(), order_.end(),
              [&](std::size_t a, std::size_t b) { return addresses[a] < addresses[b]; });
  }

  std::vector<Goroutine> read() {
    find_runs();
    std::vector<target::Piece> pieces;
    pieces.reserve(runs_.size());
    for (const Run& run : runs_) pieces.push_back(piece_of(run));
    memory_.read_all(pieces);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      if (pieces[i].read) parse(runs_[i]);
    }
    return in_order();
  }

 private:
  std::uint64_t address(std::size_t place) const { return addresses_[order_[place]]; }

  std::size_t size_of(const Run& run) const {
    return address(run.first + run.count - 1) - address(run.first) + extent_;
  }

  void find_runs() {
    std::size_t buffer = 0;
    for (std::size_t i = 0; i < order_.size();) {
      Run run{i, 0, buffer};
      while (i < order_.size() && address(i) / kPage == address(run.first) / kPage) ++i;
      run.count = i - run.first;
      buffer += size_of(run);
      runs_.push_back(run);
    }
    bytes_.resize(buffer);
  }

  target::Piece piece_of(const Run& run) {
    return {RuntimeAddress{address(run.first)},
            std::span(bytes_).subspan(run.buffer, size_of(run))};
  }

  void parse(const Run& run) {
    for (std::size_t i = run.first; i < run.first + run.count; ++i) {
      auto at = run.buffer + (address(i) - address(run.first));
      read_[order_[i]] = parse_goroutine(std::span(bytes_).subspan(at, extent_),
                                         RuntimeAddress{address(i)}, layout_);
    }
  }

  std::vector<Goroutine> in_order() const {
    std::vector<Goroutine> result;
    result.reserve(read_.size());
    for (const Goroutine& g : read_) {
      if (g.address) result.push_back(g);
    }
    return result;
  }

  const target::Memory& memory_;
  const gobin::RuntimeLayout& layout_;
  std::span<const std::uint64_t> addresses_;
  std::size_t extent_;
  std::vector<std::size_t> order_;  // of the addresses, ascending
  std::vector<Goroutine> read_;     // of each address; without one: not read
  std::vector<Run> runs_;
  std::vector<std::byte> bytes_;
};

}  // namespace

std::vector<Goroutine> read_goroutines(const target::Memory& memory,
                                       const gobin::RuntimeLayout& layout,
                                       std::span<const std::uint64_t> addresses) {
  return Reader(memory, layout, addresses).read();
}

}  // namespace gosnoop::snapshot
