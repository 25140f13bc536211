// SPDX-License-Identifier: Apache-2.0
#include "gobin/tls.h"

namespace gosnoop::gobin {
namespace {

// `64 4c 89 34 25 disp32`: mov fs:disp32, r14, as in code that is not position-independent.
std::optional<TlsOffset> absolute_store(const Code& code, std::uint64_t at) {
  if (code[at + 3] != 0x34 || code[at + 4] != 0x25) return std::nullopt;
  return TlsOffset{TlsOffset::Kind::kConstant, code.i32(at + 5), {}};
}

// `64 4c 89 (30|r)`: mov fs:[r], r14, with r loaded just before: `48 c7 (c0|r) imm32` in an
// executable, `48 8b (05|8r) disp32` from the GOT in a shared library.
std::optional<TlsOffset> indirect_store(const Code& code, std::uint64_t at) {
  constexpr std::uint64_t kLoadSize = 7;
  const auto modrm = code[at + 3];
  const unsigned base = modrm & 7;
  const bool plain_base = modrm >> 3 == 6 && base != 4 && base != 5;  // r14; no SIB, no disp32
  if (!plain_base || at < kLoadSize) return std::nullopt;
  const auto load = at - kLoadSize;
  if (code[load] != 0x48) return std::nullopt;
  if (code[load + 1] == 0xc7 && code[load + 2] == (0xc0 | base)) {
    return TlsOffset{TlsOffset::Kind::kConstant, code.i32(load + 3), {}};
  }
  const auto slot = rip_operand(code, load);
  if (code[load + 1] != 0x8b || !slot || register_of(code[load + 2]) != base) return std::nullopt;
  return TlsOffset{TlsOffset::Kind::kGotSlot, 0, *slot};
}

// g lives in a pointer-sized slot below the FS base (x86-64 TLS variant II), in executables near
// it.
bool plausible(const TlsOffset& tls) {
  if (tls.kind == TlsOffset::Kind::kGotSlot) return true;
  return tls.offset < 0 && tls.offset % 8 == 0;
}

}  // namespace

// src/runtime/asm_amd64.s, mcall: `MOVQ g, (CX)(TLS*1)`, which the linker rewrites for the build
// mode (cmd/internal/obj/x86/obj6.go, progedit). Go 1.18 to 1.27.
std::optional<TlsOffset> decode_tls_offset(const Code& mcall) {
  for (std::uint64_t at = 0; at + 4 <= mcall.bytes.size(); at++) {
    if (mcall[at] != 0x64 || mcall[at + 1] != 0x4c || mcall[at + 2] != 0x89) continue;
    auto tls = absolute_store(mcall, at);
    if (!tls) tls = indirect_store(mcall, at);
    if (tls && plausible(*tls)) return tls;
  }
  return std::nullopt;
}

}  // namespace gosnoop::gobin
