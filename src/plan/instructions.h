// SPDX-License-Identifier: Apache-2.0
// Machine code as instructions (capstone), with what choosing a probe site needs to know of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/bytes.h"

namespace gosnoop::plan {

// A register gets a new value: a constant, or one that is not known here.
struct Assignment {
  enum class Register { kBx, kCx } to = Register::kBx;
  std::optional<std::uint64_t> constant;
};

struct Instruction {
  enum class Kind { kOther, kPushRbp, kConditionalJump, kJump, kCall, kReturn };

  LinkAddress address;
  std::uint8_t size = 0;
  Kind kind = Kind::kOther;
  bool below_or_equal = false;        // kConditionalJump: jbe, the stack check's jump
  std::optional<LinkAddress> target;  // of a direct jump or call
  std::optional<Assignment> assigns;  // what it puts into BX or CX
  std::string text;                   // "push rbp"
};

// Decodes x86-64 code that starts at `address`, up to the first byte that is no instruction.
// `limit`: stop after that many instructions; 0: all.
std::vector<Instruction> disassemble(Bytes code, LinkAddress address, std::size_t limit = 0);

// Addresses of all `call rel32` to `callee` in the code, by their bytes: quick, and may hold a few
// that are part of another instruction.
std::vector<LinkAddress> find_calls(Bytes code, LinkAddress address, LinkAddress callee);

}  // namespace gosnoop::plan
