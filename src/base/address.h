// SPDX-License-Identifier: Apache-2.0
// Three kinds of address that must never be mixed up. Conversions are named functions:
// gobin::ElfImage (link address <-> file offset), target::Process (link <-> runtime address).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace gosnoop {

template <typename Tag>
struct Address {
  std::uint64_t value = 0;

  constexpr auto operator<=>(const Address&) const = default;
  constexpr explicit operator bool() const { return value != 0; }
  constexpr Address operator+(std::uint64_t delta) const { return {value + delta}; }
  constexpr Address operator-(std::uint64_t delta) const { return {value - delta}; }
  constexpr std::uint64_t operator-(Address other) const { return value - other.value; }
};

// Offset in the executable file; what a uprobe is set on.
using FileOffset = Address<struct FileOffsetTag>;
// Virtual address as the linker laid it out, before ASLR; what pclntab and symbols speak of.
using LinkAddress = Address<struct LinkAddressTag>;
// Virtual address in the running process.
using RuntimeAddress = Address<struct RuntimeAddressTag>;

}  // namespace gosnoop

template <typename Tag>
struct std::hash<gosnoop::Address<Tag>> {
  std::size_t operator()(const gosnoop::Address<Tag>& address) const noexcept {
    return std::hash<std::uint64_t>{}(address.value);
  }
};
