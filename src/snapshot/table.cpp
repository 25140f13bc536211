// SPDX-License-Identifier: Apache-2.0
#include "snapshot/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "bpf/events.h"

namespace gosnoop::snapshot {
namespace {

// More than any real program has: a length above this was read from the wrong place.
constexpr std::uint64_t kMaxGoroutines = 100'000'000;
constexpr std::size_t kBatch = 4096;

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(now.tv_nsec);
}

tl::unexpected<Error> cannot_read() {
  return fail(ErrorCode::kTargetMismatch, "the goroutine table cannot be read from memory",
              "the target may have just exited; if it runs on, please report this");
}

Result<void> put(event::RecordSink& sink, const event::Event& event) {
  return sink.on_record(event::encode(event));
}

event::StackHash hash_of(const std::vector<std::uint64_t>& frames) {
  std::uint64_t hash = WIRE_HASH_SEED;
  for (std::uint64_t pc : frames) hash = wire::wire_hash(hash, pc);
  return hash;
}

}  // namespace

Table::Table(const target::Process& process, const gobin::GoBinary& binary, target::Memory memory)
    : binary_(binary),
      memory_(std::move(memory)),
      bias_(process.exe_start().value - binary.image().load_base().value),
      allgs_{binary.globals().allgs.value + bias_},
      extent_(goroutine_extent(binary.layout())) {}

Result<Table> Table::open(const target::Process& process, const gobin::GoBinary& binary) {
  TRY_ASSIGN(auto memory, target::Memory::open(process.pid()));
  if (!binary.globals().allgs) {
    return fail(ErrorCode::kUnsupportedGo, "runtime.allgs was not found in the executable",
                "please report this with the output of `go version -m` on the binary");
  }
  return Table(process, binary, std::move(memory));
}

// runtime.allgs is {pointer, length, capacity}. The runtime stores the pointer before the length
// (proc.go, allgadd), so the length is read first.
Result<std::size_t> Table::capacity() const {
  auto length = memory_.value<std::uint64_t>(allgs_ + sizeof(std::uint64_t));
  if (!length || *length > kMaxGoroutines) return cannot_read();
  return static_cast<std::size_t>(*length);
}

Result<std::vector<std::uint64_t>> Table::read_pointers() const {
  TRY_ASSIGN(auto length, capacity());
  auto begin = memory_.value<std::uint64_t>(allgs_);
  if (!begin) return cannot_read();
  std::vector<std::uint64_t> pointers(length);
  if (length > 0 &&
      !memory_.read(RuntimeAddress{*begin}, std::as_writable_bytes(std::span(pointers)))) {
    return cannot_read();
  }
  return pointers;
}

std::vector<Goroutine> Table::read_goroutines(const std::vector<std::uint64_t>& pointers) const {
  std::vector<std::byte> bytes(pointers.size() * extent_);
  std::vector<target::Piece> pieces(pointers.size());
  for (std::size_t i = 0; i < pointers.size(); ++i) {
    pieces[i].from = RuntimeAddress{pointers[i]};
    pieces[i].to = std::span(bytes).subspan(i * extent_, extent_);
  }
  memory_.read_all(pieces);
  std::vector<Goroutine> result;
  result.reserve(pointers.size());
  for (const auto& piece : pieces) {
    if (piece.read) result.push_back(parse_goroutine(piece.to, piece.from, binary_.layout()));
  }
  return result;
}

// The frames of a goroutine that is not on a thread, as bpf/stack.bpf.h walks them, so that both
// give the same hash. In a syscall the saved registers are g.syscallpc and, from Go 1.23 on,
// g.syscallbp; before that its callers are not walked.
std::vector<std::uint64_t> Table::walk(const Goroutine& g) const {
  if (g.status == Status::kRunning || g.status == Status::kCopystack) return {};
  bool in_syscall = g.status == Status::kSyscall;
  std::uint64_t bp = in_syscall ? g.syscall_bp : g.bp;
  std::vector<std::uint64_t> frames{in_syscall ? g.syscall_pc : g.pc};
  while (frames.size() < MAX_STACK_FRAMES && bp >= g.stack_lo && bp < g.stack_hi) {
    auto frame = memory_.value<std::array<std::uint64_t, 2>>(RuntimeAddress{bp});
    if (!frame || (*frame)[1] == 0) break;
    frames.push_back((*frame)[1]);
    if ((*frame)[0] <= bp) break;
    bp = (*frame)[0];
  }
  return frames;
}

// runtime.NumGoroutine leaves out those whose first function is the runtime's own (traceback.go,
// isSystemGoroutine), but for the three that run the user's code.
bool Table::is_system(std::uint64_t start_pc) {
  auto [entry, added] = system_.try_emplace(start_pc, false);
  if (!added) return entry->second;
  auto function = binary_.function_at(link(start_pc));
  if (function && function->name.substr(0, 8) == "runtime.") {
    entry->second = function->name != "runtime.main" && function->name != "runtime.corostart" &&
                    function->name != "runtime.handleAsyncEvent";
  }
  return entry->second;
}

Result<std::uint64_t> Table::send_stack(const std::vector<std::uint64_t>& frames,
                                        event::RecordSink& sink) {
  if (frames.empty()) return event::StackHash{0};
  auto hash = hash_of(frames);
  if (sent_.insert(hash).second) {
    TRY(put(sink, event::Stack{hash, frames.size() == MAX_STACK_FRAMES, frames}));
  }
  return hash;
}

Result<std::uint64_t> Table::send_one(const Goroutine& g, event::RecordSink& sink,
                                      const ParkedSince& since) {
  auto frames = walk(g);
  auto bytes = std::vector<std::byte>(extent_);
  if (!memory_.read(g.address, bytes)) return std::uint64_t{0};
  // The stack is only that of g if g did not move while it was walked.
  if (!parse_goroutine(bytes, g.address, binary_.layout()).same_state(g)) frames.clear();
  event::GoState state;
  state.time = now_ns();
  state.goid = g.goid;
  state.parent = g.parent_goid;
  state.start_pc = g.start_pc;
  state.go_pc = g.go_pc;
  TRY_ASSIGN(state.stack, send_stack(frames, sink));
  state.since = g.parked() ? since(g.address) : 0;
  state.status = static_cast<event::GoStatus>(g.status);
  state.reason = g.wait_reason;
  state.system = is_system(g.start_pc);
  TRY(put(sink, state));
  return std::uint64_t{1};
}

Result<void> Table::send(event::RecordSink& sink, const ParkedSince& since) {
  TRY(put(sink, event::SnapshotBegin{now_ns()}));
  TRY_ASSIGN(auto pointers, read_pointers());
  std::uint64_t sent = 0, unreadable = 0;
  for (std::size_t i = 0; i < pointers.size(); i += kBatch) {
    auto end = std::min(i + kBatch, pointers.size());
    std::vector<std::uint64_t> batch(pointers.begin() + i, pointers.begin() + end);
    auto goroutines = read_goroutines(batch);
    unreadable += batch.size() - goroutines.size();
    for (const auto& g : goroutines) {
      if (!g.live()) continue;
      TRY_ASSIGN(auto count, send_one(g, sink, since));
      sent += count;
      unreadable += 1 - count;
    }
  }
  last_size_ = sent;
  return put(sink, event::SnapshotEnd{now_ns(), sent, unreadable});
}

}  // namespace gosnoop::snapshot
