// SPDX-License-Identifier: Apache-2.0
#include "plan/instructions.h"

#include <capstone/capstone.h>

#include <cstring>
#include <memory>

namespace gosnoop::plan {
namespace {

class Capstone {
 public:
  Capstone() {
    if (cs_open(CS_ARCH_X86, CS_MODE_64, &handle_) != CS_ERR_OK) return;
    cs_option(handle_, CS_OPT_DETAIL, CS_OPT_ON);
    instruction_ = cs_malloc(handle_);
  }
  Capstone(const Capstone&) = delete;
  Capstone& operator=(const Capstone&) = delete;
  ~Capstone() {
    if (instruction_ != nullptr) cs_free(instruction_, 1);
    if (handle_ != 0) cs_close(&handle_);
  }

  // The next instruction; advances the code. nullptr at the end, or where there is none.
  const cs_insn* next(const std::uint8_t*& code, std::size_t& size, std::uint64_t& address) {
    if (instruction_ == nullptr) return nullptr;
    return cs_disasm_iter(handle_, &code, &size, &address, instruction_) ? instruction_ : nullptr;
  }

  bool in_group(const cs_insn& insn, std::uint8_t group) const {
    return cs_insn_group(handle_, &insn, group);
  }

 private:
  csh handle_ = 0;
  cs_insn* instruction_ = nullptr;
};

Instruction::Kind kind_of(const Capstone& capstone, const cs_insn& insn) {
  using Kind = Instruction::Kind;
  if (insn.size == 1 && insn.bytes[0] == 0x55) return Kind::kPushRbp;
  if (capstone.in_group(insn, CS_GRP_CALL)) return Kind::kCall;
  if (capstone.in_group(insn, CS_GRP_RET)) return Kind::kReturn;
  if (!capstone.in_group(insn, CS_GRP_JUMP)) return Kind::kOther;
  return insn.id == X86_INS_JMP ? Kind::kJump : Kind::kConditionalJump;
}

std::optional<LinkAddress> target_of(Instruction::Kind kind, const cs_insn& insn) {
  using Kind = Instruction::Kind;
  if (kind != Kind::kCall && kind != Kind::kJump && kind != Kind::kConditionalJump) return {};
  const cs_x86& x86 = insn.detail->x86;
  if (x86.op_count != 1 || x86.operands[0].type != X86_OP_IMM) return {};
  return LinkAddress{static_cast<std::uint64_t>(x86.operands[0].imm)};
}

std::optional<Assignment::Register> argument_register(x86_reg reg) {
  switch (reg) {
    case X86_REG_EBX:
    case X86_REG_RBX:
      return Assignment::Register::kBx;
    case X86_REG_ECX:
    case X86_REG_RCX:
      return Assignment::Register::kCx;
    default:
      return {};
  }
}

std::optional<Assignment> assignment_of(const cs_insn& insn) {
  const cs_x86& x86 = insn.detail->x86;
  if (x86.op_count == 0 || x86.operands[0].type != X86_OP_REG) return {};
  if ((x86.operands[0].access & CS_AC_WRITE) == 0) return {};
  auto to = argument_register(x86.operands[0].reg);
  if (!to) return {};
  bool constant = insn.id == X86_INS_MOV && x86.operands[1].type == X86_OP_IMM;
  if (!constant) return Assignment{*to, {}};
  return Assignment{*to, static_cast<std::uint64_t>(x86.operands[1].imm)};
}

std::string text_of(const cs_insn& insn) {
  std::string text = insn.mnemonic;
  if (insn.op_str[0] != 0) text.append(" ").append(insn.op_str);
  return text;
}

}  // namespace

std::vector<Instruction> disassemble(Bytes code, LinkAddress address, std::size_t limit) {
  std::vector<Instruction> result;
  Capstone capstone;
  const auto* next = reinterpret_cast<const std::uint8_t*>(code.data());
  std::size_t size = code.size();
  std::uint64_t at = address.value;
  while (limit == 0 || result.size() < limit) {
    const cs_insn* insn = capstone.next(next, size, at);
    if (insn == nullptr) break;
    Instruction instruction;
    instruction.address = LinkAddress{insn->address};
    instruction.size = static_cast<std::uint8_t>(insn->size);
    instruction.kind = kind_of(capstone, *insn);
    instruction.below_or_equal = insn->id == X86_INS_JBE;
    instruction.target = target_of(instruction.kind, *insn);
    instruction.assigns = assignment_of(*insn);
    instruction.text = text_of(*insn);
    result.push_back(std::move(instruction));
  }
  return result;
}

std::vector<LinkAddress> find_calls(Bytes code, LinkAddress address, LinkAddress callee) {
  constexpr std::uint8_t kCallRel32 = 0xe8;
  constexpr std::size_t kCallSize = 5;
  std::vector<LinkAddress> calls;
  for (std::size_t i = 0; i + kCallSize <= code.size(); ++i) {
    if (std::to_integer<std::uint8_t>(code[i]) != kCallRel32) continue;
    std::int32_t distance = 0;
    std::memcpy(&distance, code.data() + i + 1, sizeof(distance));
    if (address + i + kCallSize + static_cast<std::uint64_t>(std::int64_t{distance}) == callee) {
      calls.push_back(address + i);
    }
  }
  return calls;
}

}  // namespace gosnoop::plan
