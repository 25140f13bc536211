// SPDX-License-Identifier: Apache-2.0
// Just enough of x86-64 to find operands in a few known functions of the runtime, without a
// decoder: the byte patterns are long enough, and what they give is checked.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace gosnoop::gobin {

// The machine code of a function and where it is.
struct Code {
  LinkAddress address;
  Bytes bytes;

  std::uint8_t operator[](std::uint64_t at) const {
    return read_at<std::uint8_t>(bytes, at).value_or(0);
  }
  std::int32_t i32(std::uint64_t at) const { return read_at<std::int32_t>(bytes, at).value_or(0); }
};

// ModRM with mod 00 and rm 101: the operand is [rip + disp32].
inline bool is_rip_relative(std::uint8_t modrm) { return (modrm & 0xc7) == 0x05; }

// The reg field of a ModRM byte; without REX.R.
inline unsigned register_of(std::uint8_t modrm) { return (modrm >> 3) & 7; }

// A REX.W prefix, without or with REX.R: a 64-bit register of either half.
inline bool is_rex_w(std::uint8_t byte) { return byte == 0x48 || byte == 0x4c; }

// Where the operand of `REX.W opcode modrm disp32` at `at` points, if it is rip-relative.
inline std::optional<LinkAddress> rip_operand(const Code& code, std::uint64_t at) {
  constexpr std::uint64_t kSize = 7;
  if (at + kSize > code.bytes.size()) return std::nullopt;
  if (!is_rex_w(code[at]) || !is_rip_relative(code[at + 2])) return std::nullopt;
  return code.address + (at + kSize + static_cast<std::uint64_t>(std::int64_t{code.i32(at + 3)}));
}

}  // namespace gosnoop::gobin
