// SPDX-License-Identifier: Apache-2.0
#include "probe/code_changes.h"

#include <algorithm>
#include <array>

#include "probe/site_check.h"
#include "target/memory.h"

namespace gosnoop::probe {
namespace {

// A uprobe on a 5-byte nop becomes a call of a trampoline (arch/x86/kernel/uprobes.c, Linux 6.18).
constexpr std::array kNop5{std::byte{0x0f}, std::byte{0x1f}, std::byte{0x44}, std::byte{0x00},
                           std::byte{0x00}};
constexpr std::byte kCall{0xe8};

bool is_optimized_probe(Bytes file, Bytes mapped) {
  return mapped[0] == kCall && file.size() >= kNop5.size() &&
         std::equal(kNop5.begin(), kNop5.end(), file.begin());
}

struct GoCode {
  LinkAddress begin;
  Bytes bytes;
};

GoCode code_of(const gobin::GoBinary& binary) {
  auto begin = binary.function(0).entry;
  auto end = binary.function(binary.function_count() - 1).end;
  return {begin, end < begin ? Bytes{} : binary.image().at(begin, end - begin)};
}

}  // namespace

CodeChanges compare_code(Bytes file, Bytes mapped, LinkAddress address) {
  CodeChanges changes;
  for (std::size_t at = 0; at < file.size();) {
    auto differs = std::mismatch(file.begin() + at, file.end(), mapped.begin() + at).first;
    at = static_cast<std::size_t>(differs - file.begin());
    if (at == file.size()) break;
    bool optimized = is_optimized_probe(file.subspan(at), mapped.subspan(at));
    bool probe = optimized || mapped[at] == kBreakpoint;
    (probe ? changes.probes : changes.others).push_back(address + at);
    at += optimized ? kNop5.size() : 1;
  }
  return changes;
}

Result<CodeChanges> find_code_changes(const target::Process& process,
                                      const gobin::GoBinary& binary) {
  TRY_ASSIGN(auto memory, target::Memory::open(process.pid()));
  auto code = code_of(binary);
  std::vector<std::byte> mapped(code.bytes.size());
  RuntimeAddress begin{code.begin.value + binary.image().load_bias(process.exe_start())};
  if (!memory.read(begin, mapped)) {
    return fail(ErrorCode::kTargetMismatch, "the program's code cannot be read from memory",
                "the target may be exiting, or unpacked itself into memory: it cannot be traced");
  }
  return compare_code(code.bytes, mapped, code.begin);
}

}  // namespace gosnoop::probe
