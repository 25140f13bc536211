// SPDX-License-Identifier: Apache-2.0
#include "plan/find_site.h"

#include <fmt/format.h>

#include <algorithm>

#include "plan/instructions.h"
#include "plan/patterns.h"

namespace gosnoop::plan {
namespace {

using gobin::Function;
using gobin::GoBinary;
using Kind = Instruction::Kind;

constexpr std::string_view kReportHint =
    "please report this with the output of `go version -m` on the binary; meanwhile gosnoop cannot "
    "trace it faithfully";

Result<Function> find(const GoBinary& binary, std::string_view name) {
  auto function = binary.find_function(name);
  if (function) return *function;
  return fail(ErrorCode::kUnsupportedGo,
              fmt::format("{} has no function {}", binary.go_version(), name),
              std::string(kReportHint));
}

Result<Site> make_site(const GoBinary& binary, const Function& function,
                       const Instruction& instruction) {
  auto offset = binary.image().to_file_offset(instruction.address);
  Bytes bytes = binary.image().at(instruction.address, instruction.size);
  if (!offset || bytes.empty()) {
    return fail(ErrorCode::kBadElf, fmt::format("{} lies outside the file", function.name),
                "the executable is damaged; reinstall it");
  }
  Site site;
  site.function = function.name;
  site.address = instruction.address;
  site.offset = *offset;
  site.in_function = instruction.address - function.entry;
  site.instruction = instruction.text;
  site.bytes.assign(bytes.begin(), bytes.end());
  return site;
}

// The prologue ends well within this many instructions (Go 1.19 to 1.27, all build modes).
constexpr std::size_t kPrologue = 10;

void add_wake_calls(const GoBinary& binary, const Function& function, LinkAddress callee,
                    std::vector<Site>& sites) {
  Bytes bytes = binary.code(function);
  if (find_calls(bytes, function.entry, callee).empty()) return;
  auto code = disassemble(bytes, function.entry);
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i].kind != Kind::kCall || code[i].target != callee) continue;
    if (!may_wake(code, i)) continue;
    if (auto site = make_site(binary, function, code[i])) sites.push_back(std::move(*site));
  }
}

}  // namespace

Result<Site> entry_site(const GoBinary& binary, std::string_view name) {
  TRY_ASSIGN(auto function, find(binary, name));
  auto prologue = disassemble(binary.code(function), function.entry, kPrologue);
  const Instruction* instruction = find_stack_check(prologue);
  if (instruction == nullptr) {
    return fail(ErrorCode::kUnsupportedGo,
                fmt::format("{} starts with no instruction known to gosnoop", name),
                std::string(kReportHint));
  }
  TRY_ASSIGN(auto site, make_site(binary, function, *instruction));
  site.why = "emulated; a hit whose jump is taken is no event (the stack grows first)";
  return site;
}

Result<Site> return_site(const GoBinary& binary, std::string_view name) {
  TRY_ASSIGN(auto function, find(binary, name));
  auto code = disassemble(binary.code(function), function.entry);
  if (const Instruction* jump = find_last_jump(code)) {
    TRY_ASSIGN(auto site, make_site(binary, function, *jump));
    site.why = "emulated; the jump every return passes, AX holds the result";
    return site;
  }
  auto ret =
      std::find_if(code.begin(), code.end(), [](const auto& i) { return i.kind == Kind::kReturn; });
  auto more = std::count_if(code.begin(), code.end(),
                            [](const auto& i) { return i.kind == Kind::kReturn; });
  if (more != 1) {
    return fail(ErrorCode::kUnsupportedGo, fmt::format("{} has {} returns", name, more),
                std::string(kReportHint));
  }
  TRY_ASSIGN(auto site, make_site(binary, function, *ret));
  site.emulated = false;
  site.why = "single-stepped; this build has no emulated instruction that every return passes";
  return site;
}

Result<Site> call_site(const GoBinary& binary, std::string_view name, std::string_view callee) {
  TRY_ASSIGN(auto function, find(binary, name));
  TRY_ASSIGN(auto called, find(binary, callee));
  auto code = disassemble(binary.code(function), function.entry);
  auto is_call = [&](const Instruction& i) {
    return i.kind == Kind::kCall && i.target == called.entry;
  };
  auto found = std::find_if(code.begin(), code.end(), is_call);
  if (std::count_if(code.begin(), code.end(), is_call) != 1) {
    return fail(ErrorCode::kUnsupportedGo,
                fmt::format("{} does not call {} once: its events would be missed", name, callee),
                "build the target without -pgo, or with another profile");
  }
  TRY_ASSIGN(auto site, make_site(binary, function, *found));
  site.instruction = fmt::format("call {}", callee);
  site.why = "emulated; a call with the goroutine in a register";
  return site;
}

std::vector<Site> wake_calls(const GoBinary& binary, std::span<const std::string_view> except) {
  std::vector<Site> sites;
  auto callee = binary.find_function("runtime.casgstatus");
  if (!callee) return sites;
  for (std::size_t i = 0; i < binary.function_count(); ++i) {
    Function function = binary.function(i);
    if (function.name.substr(0, 8) != "runtime.") continue;
    if (std::find(except.begin(), except.end(), function.name) != except.end()) continue;
    add_wake_calls(binary, function, callee->entry, sites);
  }
  for (auto& site : sites) {
    site.instruction = "call runtime.casgstatus";
    site.why = "emulated; a call whose states may be waiting, runnable";
  }
  return sites;
}

}  // namespace gosnoop::plan
