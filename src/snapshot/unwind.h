// SPDX-License-Identifier: Apache-2.0
// Unwinding as the Go runtime does it itself for its dumps (src/runtime/traceback.go, unwinder):
// the size of each frame is known from its pc. So it is right where a walk by frame pointers is
// not: in a function without a frame, in its first instructions, in assembly, and across a call
// from C.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "gobin/go_binary.h"
#include "symbol/locations.h"
#include "target/memory.h"

namespace gosnoop::snapshot {

using Pcs = std::vector<std::uint64_t>;  // innermost first; return addresses but for kinds_of()

// How a walk came to its end.
enum class StackEnd : std::uint8_t {
  kWhole,    // at the goroutine's outermost function
  kDeeper,   // there is more: at the limit given, or at the end of what could be read
  kUnclear,  // nobody can tell the caller: no Go code, outside the stack, or between two stacks
};

struct CallStack {
  Pcs pcs;
  StackEnd end = StackEnd::kUnclear;

  bool truncated() const { return !pcs.empty() && end != StackEnd::kWhole; }
  bool operator==(const CallStack&) const = default;
};

// The frame of a function at one pc.
struct FrameShape {
  enum class Kind : std::uint8_t {
    kNotGo,
    kCalled,
    kOutermost,
    kSwitchesStack
  } kind = Kind::kNotGo;
  std::uint32_t size = 0;  // from the stack pointer up to the return address

  bool operator==(const FrameShape&) const = default;
};

// Of each pc that was asked for, remembered: a program's stacks are made of few different ones.
class FrameShapes {
 public:
  using Lookup = std::function<FrameShape(std::uint64_t pc)>;

  explicit FrameShapes(Lookup lookup);
  // `bias`: runtime address minus link address. `binary` must outlive the FrameShapes.
  FrameShapes(const gobin::GoBinary& binary, std::uint64_t bias);

  FrameShape at(std::uint64_t pc);

 private:
  struct Entry {
    std::uint64_t pc = 0;
    FrameShape shape;
  };

  Lookup lookup_;
  std::vector<Entry> entries_;  // by hash of the pc; a newer one replaces an older one
};

// One goroutine's stack: a part of it that was copied, and the memory that holds the rest.
class StackBytes {
 public:
  // `part` was copied from `begin`. Without `memory` there is no more than that.
  StackBytes(std::uint64_t lo, std::uint64_t hi, std::uint64_t begin, Bytes part,
             const target::Memory* memory);

  bool contains_word(std::uint64_t address) const;
  std::optional<std::uint64_t> word(std::uint64_t address);

 private:
  std::uint64_t lo_, hi_, begin_;
  Bytes part_;
  const target::Memory* memory_;
  std::vector<std::byte> more_;  // read later than the part it was given
};

// Where a walk begins.
struct Registers {
  std::uint64_t pc = 0;
  std::uint64_t sp = 0;
  bool at_syscall = false;  // saved at the entry of a syscall function, before it moved sp
};

CallStack unwind(const Registers& from, StackBytes& stack, FrameShapes& shapes,
                 std::size_t max_frames);

// What each pc of a stack stands for. A frame that was interrupted by a signal, and then made to
// call runtime.sigpanic or asyncPreempt, is at the pc itself (traceback.go, symPC). `innermost`:
// kExact for a goroutine that runs.
std::vector<symbol::PcKind> kinds_of(const gobin::GoBinary& binary, std::uint64_t bias,
                                     const Pcs& pcs,
                                     symbol::PcKind innermost = symbol::PcKind::kReturn);

}  // namespace gosnoop::snapshot
