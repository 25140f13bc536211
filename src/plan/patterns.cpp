// SPDX-License-Identifier: Apache-2.0
#include "plan/patterns.h"

#include <algorithm>

namespace gosnoop::plan {
namespace {

using Kind = Instruction::Kind;

bool is_jump(const Instruction& i) {
  return i.kind == Kind::kJump || i.kind == Kind::kConditionalJump;
}

bool is_epilogue(const Instruction& i) {
  return i.text.starts_with("add rsp") || i.text.starts_with("mov rbp, qword ptr [rsp") ||
         i.text == "pop rbp";
}

// Does everything that gets to `ret` pass `jump`, and only once? So it is where no other jump leads
// in between the two, none in between leads back, and none goes where it cannot be told.
bool dominates(const Instruction& jump, const Instruction& ret,
               const std::vector<Instruction>& code) {
  auto between = [&](LinkAddress at) { return at > jump.address && at <= ret.address; };
  return std::none_of(code.begin(), code.end(), [&](const Instruction& i) {
    if (!is_jump(i)) return false;
    if (!i.target) return true;
    bool inside = between(i.address) || i.address == jump.address;
    return inside ? *i.target <= jump.address : between(*i.target);
  });
}

constexpr std::uint64_t kWaiting = 4, kRunnable = 1;  // runtime2.go, _Gwaiting, _Grunnable

// Can `code[at]` be reached only from the instruction before it?
bool follows(const std::vector<Instruction>& code, std::size_t at) {
  auto before = code[at - 1].kind;
  if (before == Kind::kCall || before == Kind::kReturn || before == Kind::kJump) return false;
  return std::none_of(code.begin(), code.end(), [&](const Instruction& i) {
    return is_jump(i) && (!i.target || *i.target == code[at].address);
  });
}

// The constant that the register certainly holds at the call, if it is one.
std::optional<std::uint64_t> constant_at(const std::vector<Instruction>& code, std::size_t call,
                                         Assignment::Register wanted) {
  for (std::size_t i = call; i > 0 && follows(code, i); --i) {
    const auto& assigns = code[i - 1].assigns;
    if (assigns && assigns->to == wanted) return assigns->constant;
  }
  return {};
}

}  // namespace

const Instruction* find_stack_check(const std::vector<Instruction>& prologue) {
  auto found = std::find_if(prologue.begin(), prologue.end(),
                            [](const auto& instruction) { return instruction.below_or_equal; });
  return found == prologue.end() ? nullptr : &*found;
}

const Instruction* find_last_jump(const std::vector<Instruction>& code) {
  auto is_return = [](const Instruction& i) { return i.kind == Kind::kReturn; };
  auto ret = std::find_if(code.begin(), code.end(), is_return);
  if (std::count_if(code.begin(), code.end(), is_return) != 1) return nullptr;
  auto epilogue = ret;
  while (epilogue != code.begin() && is_epilogue(*(epilogue - 1))) --epilogue;
  for (auto i = code.begin(); i != epilogue; ++i) {
    bool to_epilogue = i->kind == Kind::kConditionalJump && i->target == epilogue->address;
    if (to_epilogue && dominates(*i, *ret, code)) return &*i;
  }
  return nullptr;
}

bool may_wake(const std::vector<Instruction>& code, std::size_t call) {
  auto from = constant_at(code, call, Assignment::Register::kBx);
  auto to = constant_at(code, call, Assignment::Register::kCx);
  return from.value_or(kWaiting) == kWaiting && to.value_or(kRunnable) == kRunnable;
}

}  // namespace gosnoop::plan
