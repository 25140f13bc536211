// SPDX-License-Identifier: Apache-2.0
#include "gobin/runtime_globals.h"

#include <algorithm>
#include <set>

namespace gosnoop::gobin {
namespace {

bool is_load(std::uint8_t opcode) { return opcode == 0x8b; }  // mov r64, m64
bool is_lea(std::uint8_t opcode) { return opcode == 0x8d; }

bool is_access(std::uint8_t opcode) {  // mov r64,m64; mov m64,r64; cmp m64,r64; cmp r64,m64
  return is_load(opcode) || opcode == 0x89 || opcode == 0x39 || opcode == 0x3b;
}

bool is_variable(const ElfImage& image, LinkAddress address) {
  for (const auto& segment : image.segments()) {
    if (!segment.writable || address < segment.address) continue;
    const auto at = address - segment.address;
    if (at < segment.memory_size && segment.memory_size - at >= 8) return true;
  }
  return false;
}

// src/runtime/proc.go, allgadd: `allgs = append(allgs, gp)` uses all three words of the slice,
// which no other variable of the function has. Go 1.18 to 1.27.
LinkAddress slice_header(const ElfImage& image, const Code& allgadd) {
  std::set<LinkAddress> operands;
  for (std::uint64_t at = 0; at < allgadd.bytes.size(); at++) {
    const auto target = rip_operand(allgadd, at);
    if (target && is_access(allgadd[at + 1])) operands.insert(*target);
  }
  for (auto address : operands) {
    const bool whole = operands.contains(address + 8) && operands.contains(address + 16);
    if (whole && is_variable(image, address)) return address;
  }
  return {};
}

// `xchg [r64], r64`, how an atomic store is compiled.
bool is_xchg_store(const Code& code, std::uint64_t at) {
  return code[at] >= 0x48 && code[at] <= 0x4d && code[at + 1] == 0x87 && code[at + 2] >> 6 == 0;
}

// allgadd ends in atomicstorep(&allgptr, …) and atomic.Storeuintptr(&allglen, …): lea, xchg each,
// in this order. Not in a build without optimisation.
void from_atomic_stores(const ElfImage& image, const Code& allgadd, RuntimeGlobals& globals) {
  std::vector<LinkAddress> stores;
  for (std::uint64_t at = 0; at < allgadd.bytes.size(); at++) {
    const auto target = rip_operand(allgadd, at);
    if (!target || !is_lea(allgadd[at + 1]) || !is_xchg_store(allgadd, at + 7)) continue;
    if (is_variable(image, *target)) stores.push_back(*target);
  }
  if (stores.size() != 2) return;
  globals.allgptr = stores[0];
  globals.allglen = stores[1];
}

// src/runtime/proc.go, forEachGRace inlines atomicAllG, which loads allglen and then allgptr (it
// must, see the comment at allglen), and touches no other variable. Go 1.18 to 1.27.
void from_atomic_loads(const ElfImage& image, const Code& code, RuntimeGlobals& globals) {
  std::vector<LinkAddress> loads;
  for (std::uint64_t at = 0; at < code.bytes.size(); at++) {
    const auto target = rip_operand(code, at);
    if (!target || !is_load(code[at + 1]) || !is_variable(image, *target)) continue;
    if (std::find(loads.begin(), loads.end(), *target) == loads.end()) loads.push_back(*target);
  }
  if (loads.size() != 2) return;
  globals.allglen = loads[0];
  globals.allgptr = loads[1];
}

// src/runtime/proc.go, preemptall: `range allp` loads the slice's pointer and its length, two words
// side by side, which no other variable of the function are. Go 1.18 to 1.27.
LinkAddress ranged_slice(const ElfImage& image, const Code& preemptall) {
  std::set<LinkAddress> loads;
  for (std::uint64_t at = 0; at < preemptall.bytes.size(); at++) {
    const auto target = rip_operand(preemptall, at);
    if (target && is_load(preemptall[at + 1])) loads.insert(*target);
  }
  for (auto address : loads) {
    if (loads.contains(address + 8) && is_variable(image, address)) return address;
  }
  return {};
}

// src/runtime/proc.go, _GoidCacheBatch: `mov $16, r32`.
constexpr std::uint64_t kMovSize = 5;
bool moves_batch_size(const Code& code, std::uint64_t at) {
  constexpr std::int32_t kGoidCacheBatch = 16;
  return (code[at] & 0xf8) == 0xb8 && code.i32(at + 1) == kGoidCacheBatch;
}

// src/runtime/proc.go, newproc1: `sched.goidgen.Add(_GoidCacheBatch)` loads the two operands one
// after the other, in either order. Go 1.18 to 1.27, also without optimisation.
LinkAddress goid_generator(const ElfImage& image, const Code& newproc1) {
  constexpr std::uint64_t kLeaSize = 7;
  for (std::uint64_t at = kMovSize; at < newproc1.bytes.size(); at++) {
    const auto target = rip_operand(newproc1, at);
    if (!target || !is_lea(newproc1[at + 1]) || !is_variable(image, *target)) continue;
    if (moves_batch_size(newproc1, at - kMovSize) || moves_batch_size(newproc1, at + kLeaSize)) {
      return *target;
    }
  }
  return {};
}

}  // namespace

RuntimeGlobals find_runtime_globals(const ElfImage& image, const RuntimeCode& code) {
  RuntimeGlobals globals;
  globals.allgs = slice_header(image, code.allgadd);
  from_atomic_stores(image, code.allgadd, globals);
  if (!globals.allgptr) from_atomic_loads(image, code.for_each_g_race, globals);
  globals.allp = ranged_slice(image, code.preemptall);
  globals.goidgen = goid_generator(image, code.newproc1);
  return globals;
}

}  // namespace gosnoop::gobin
