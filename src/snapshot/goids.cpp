// SPDX-License-Identifier: Apache-2.0
#include "snapshot/goids.h"

#include <array>
#include <vector>

#include "snapshot/structs.h"

namespace gosnoop::snapshot {
namespace {

// More Ps than GOMAXPROCS can be: a length above this was read from the wrong place.
constexpr std::uint64_t kMaxPs = 1 << 20;

class Reader {
 public:
  Reader(const target::Memory& memory, const gobin::RuntimeLayout& layout, RuntimeAddress goidgen,
         RuntimeAddress allp)
      : memory_(memory), layout_(layout), goidgen_(goidgen), allp_(allp) {}

  std::optional<std::uint64_t> taken() const { return memory_.value<std::uint64_t>(goidgen_); }

  // Of the ids that all Ps have taken: how many they still have.
  std::optional<std::uint64_t> left() const {
    auto pointers = read_pointers();
    if (!pointers) return std::nullopt;
    auto size = static_cast<std::size_t>(layout_.p.goidcacheend) + sizeof(std::uint64_t);
    Structs ps(memory_, *pointers, size);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < pointers->size(); ++i) {
      if (ps[i].empty() || field<std::uint32_t>(ps[i], layout_.p.id) != i) return std::nullopt;
      sum += field(ps[i], layout_.p.goidcacheend) - field(ps[i], layout_.p.goidcache);
    }
    return sum;
  }

 private:
  // With a capacity beyond the length where GOMAXPROCS became less: those Ps keep their ids.
  std::optional<std::vector<std::uint64_t>> read_pointers() const {
    auto header = memory_.value<std::array<std::uint64_t, 3>>(allp_);
    if (!header || (*header)[1] == 0 || (*header)[1] > kMaxPs) return std::nullopt;
    std::vector<std::uint64_t> pointers((*header)[1]);
    bool read =
        memory_.read(RuntimeAddress{(*header)[0]}, std::as_writable_bytes(std::span(pointers)));
    return read ? std::optional(pointers) : std::nullopt;
  }

  const target::Memory& memory_;
  const gobin::RuntimeLayout& layout_;
  RuntimeAddress goidgen_, allp_;
};

}  // namespace

std::optional<std::uint64_t> given_goids(const target::Memory& memory,
                                         const gobin::GoBinary& binary, std::uint64_t bias) {
  const auto& globals = binary.globals();
  const auto& layout = binary.layout();
  if (!globals.goidgen || !globals.allp || layout.p.goidcacheend < 0) return std::nullopt;
  Reader reader(memory, layout, {globals.goidgen.value + bias}, {globals.allp.value + bias});
  // A P that took a batch between the two readings would be off by that batch.
  constexpr int kTries = 16;
  std::optional<std::uint64_t> given;
  for (int i = 0; i < kTries; ++i) {
    auto before = reader.taken();
    auto left = reader.left();
    if (!before || !left || *left > *before) return std::nullopt;
    given = *before - *left;
    if (reader.taken() == before) break;
  }
  return given;
}

}  // namespace gosnoop::snapshot
