// SPDX-License-Identifier: Apache-2.0
#include "snapshot/unwind.h"

#include <algorithm>
#include <utility>

namespace gosnoop::snapshot {
namespace {

using symbol::PcKind;

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr unsigned kHashBits = 12;  // 4,096 entries
constexpr std::size_t kUsualDepth = 16;

std::size_t hash(std::uint64_t pc) { return (pc * 0x9e3779b97f4a7c15u) >> (64 - kHashBits); }

// traceback.go, resolveInternal. The runtime looks up the pc as it is, not the call before it.
FrameShape shape_of(const gobin::GoBinary& binary, LinkAddress pc) {
  auto function = binary.function_at(pc);
  auto size = function ? binary.sp_delta(pc) : std::nullopt;
  if (!size || *size < 0) return {};
  auto flags = binary.flags(*function);
  auto kind = FrameShape::Kind::kCalled;
  if (flags.top_frame) {
    kind = FrameShape::Kind::kOutermost;
  } else if (flags.writes_sp && function->name != "runtime.cgocallback") {
    // cgocallback keeps a frame on either stack for this very walk (asm_amd64.s).
    kind = FrameShape::Kind::kSwitchesStack;
  }
  return {kind, static_cast<std::uint32_t>(*size)};
}

// symtab.go, isInjectedCall: a signal handler made it look as if the function was called.
bool is_injected(const gobin::GoBinary& binary, LinkAddress pc) {
  auto function = binary.function_at(pc);
  if (!function) return false;
  return function->name == "runtime.sigpanic" || function->name == "runtime.asyncPreempt" ||
         function->name == "runtime.debugCallV2";
}

}  // namespace

FrameShapes::FrameShapes(Lookup lookup)
    : lookup_(std::move(lookup)), entries_(std::size_t{1} << kHashBits) {}

FrameShapes::FrameShapes(const gobin::GoBinary& binary, std::uint64_t bias)
    : FrameShapes(
          [&binary, bias](std::uint64_t pc) { return shape_of(binary, LinkAddress{pc - bias}); }) {}

FrameShape FrameShapes::at(std::uint64_t pc) {
  Entry& entry = entries_[hash(pc)];
  if (entry.pc != pc) entry = {pc, lookup_(pc)};
  return entry.shape;
}

StackBytes::StackBytes(std::uint64_t lo, std::uint64_t hi, std::uint64_t begin, Bytes part,
                       const target::Memory* memory)
    : lo_(lo), hi_(hi), begin_(begin), part_(part), memory_(memory) {}

bool StackBytes::contains_word(std::uint64_t address) const {
  return address >= lo_ && address < hi_ && hi_ - address >= kWord;
}

std::optional<std::uint64_t> StackBytes::word(std::uint64_t address) {
  constexpr std::uint64_t kMore = 16384;
  if (address >= begin_) {
    if (auto found = read_at<std::uint64_t>(part_, address - begin_)) return found;
  }
  if (memory_ == nullptr || !contains_word(address)) return std::nullopt;
  more_.resize(std::min(kMore, hi_ - address));
  bool read = memory_->read(RuntimeAddress{address}, more_);
  begin_ = address;
  part_ = read ? Bytes(more_) : Bytes();
  return read_at<std::uint64_t>(part_, 0);
}

CallStack unwind(const Registers& from, StackBytes& stack, FrameShapes& shapes,
                 std::size_t max_frames) {
  CallStack result;
  result.pcs.reserve(std::min(max_frames, kUsualDepth));
  std::uint64_t pc = from.pc, sp = from.sp;
  for (bool trusted = from.at_syscall;; trusted = false) {
    const auto shape = shapes.at(pc);
    if (shape.kind == FrameShape::Kind::kNotGo) return result;
    if (result.pcs.size() == max_frames) break;
    result.pcs.push_back(pc);
    if (shape.kind == FrameShape::Kind::kOutermost) {
      result.end = StackEnd::kWhole;
      return result;
    }
    if (shape.kind == FrameShape::Kind::kSwitchesStack && !trusted) return result;
    sp += shape.size;
    if (!stack.contains_word(sp)) return result;
    const auto caller = stack.word(sp);
    if (!caller) break;
    pc = *caller;
    sp += kWord;
  }
  result.end = StackEnd::kDeeper;
  return result;
}

std::vector<PcKind> kinds_of(const gobin::GoBinary& binary, std::uint64_t bias, const Pcs& pcs,
                             PcKind innermost) {
  std::vector<PcKind> kinds(pcs.size(), PcKind::kReturn);
  if (!kinds.empty()) kinds[0] = innermost;
  for (std::size_t i = 1; i < pcs.size(); ++i) {
    if (is_injected(binary, LinkAddress{pcs[i - 1] - bias})) kinds[i] = PcKind::kExact;
  }
  return kinds;
}

}  // namespace gosnoop::snapshot
