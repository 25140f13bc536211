// SPDX-License-Identifier: Apache-2.0
#include "snapshot/running.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "target/memory.h"

namespace gosnoop::snapshot {
namespace {

// A goroutine and the thread that runs it.
struct Running {
  std::size_t index = 0;  // in what was asked for
  Goroutine g;
  pid_t tid = 0;
};

class Sampler {
 public:
  Sampler(const target::Process& process, const gobin::GoBinary& binary, target::Memory memory)
      : layout_(binary.layout()),
        memory_(std::move(memory)),
        shapes_(binary, binary.image().load_bias(process.exe_start())) {}

  // Fills in the stacks of those that still have none.
  Result<void> round(std::span<const Goroutine> goroutines, std::size_t max_frames,
                     std::vector<CallStack>& stacks) {
    auto running = find_running(goroutines, stacks);
    std::vector<pid_t> tids;
    tids.reserve(running.size());
    for (const auto& one : running) tids.push_back(one.tid);
    TRY_ASSIGN(auto samples, target::sample_threads(tids, kRound));
    for (const auto& sample : samples) {
      auto found = std::ranges::find(running, sample.tid, &Running::tid);
      if (found == running.end() || !still_runs(*found)) continue;
      stacks[found->index] = unwind_sample(sample, found->g, shapes_, max_frames);
    }
    return {};
  }

  static constexpr int kRounds = 2;

 private:
  static constexpr std::chrono::milliseconds kRound{25};

  std::optional<std::uint64_t> word(std::uint64_t base, std::int32_t field) const {
    return memory_.value<std::uint64_t>(RuntimeAddress{base + static_cast<std::uint64_t>(field)});
  }

  std::optional<Goroutine> read(RuntimeAddress address) const {
    std::vector<std::byte> bytes(goroutine_extent(layout_));
    if (!memory_.read(address, bytes)) return std::nullopt;
    return parse_goroutine(bytes, address, layout_);
  }

  // Of a g whose m says so, too; 0: none.
  pid_t thread_of(RuntimeAddress g) const {
    auto m = word(g.value, layout_.g.m);
    if (!m || *m == 0 || word(*m, layout_.m.curg) != g.value) return 0;
    return static_cast<pid_t>(word(*m, layout_.m.procid).value_or(0));
  }

  std::vector<Running> find_running(std::span<const Goroutine> goroutines,
                                    std::span<const CallStack> stacks) const {
    std::vector<Running> running;
    for (std::size_t i = 0; i < goroutines.size(); ++i) {
      if (!stacks[i].pcs.empty()) continue;
      auto now = read(goroutines[i].address);
      if (!now || now->goid != goroutines[i].goid || now->status != Status::kRunning) continue;
      if (auto tid = thread_of(now->address)) running.push_back({i, *now, tid});
    }
    return running;
  }

  // On the same stack as before: then what ran on it meanwhile was this goroutine.
  bool still_runs(const Running& before) const {
    auto now = read(before.g.address);
    return now && now->goid == before.g.goid && now->status == Status::kRunning &&
           now->stack_lo == before.g.stack_lo && now->stack_hi == before.g.stack_hi;
  }

  const gobin::RuntimeLayout& layout_;
  target::Memory memory_;
  FrameShapes shapes_;
};

}  // namespace

// Only the stack pointer tells who runs: r14 is the g in compiled code, but any value in assembly.
CallStack unwind_sample(const target::ThreadSample& sample, const Goroutine& g, FrameShapes& shapes,
                        std::size_t max_frames) {
  if (sample.sp < g.stack_lo || sample.sp >= g.stack_hi) return {};
  StackBytes stack(g.stack_lo, g.stack_hi, sample.sp, sample.stack, nullptr);
  auto result = unwind({sample.ip, sample.sp, false}, stack, shapes, max_frames);
  return result.end == StackEnd::kUnclear ? CallStack{} : result;
}

Result<std::vector<CallStack>> stacks_of_running(const target::Process& process,
                                                 const gobin::GoBinary& binary,
                                                 std::span<const Goroutine> goroutines,
                                                 std::size_t max_frames) {
  std::vector<CallStack> stacks(goroutines.size());
  TRY_ASSIGN(auto memory, target::Memory::open(process.pid()));
  Sampler sampler(process, binary, std::move(memory));
  // Twice: a thread may have been in the scheduler for a moment.
  for (int i = 0; i < Sampler::kRounds; ++i) TRY(sampler.round(goroutines, max_frames, stacks));
  return stacks;
}

}  // namespace gosnoop::snapshot
