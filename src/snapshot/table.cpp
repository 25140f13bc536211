// SPDX-License-Identifier: Apache-2.0
#include "snapshot/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/time.h"
#include "bpf/events.h"
#include "snapshot/call_reader.h"
#include "snapshot/goids.h"
#include "snapshot/thread_reader.h"
#include "snapshot/waits.h"
#include "symbol/system.h"

namespace gosnoop::snapshot {
namespace {

// More than any real program has: a length above this was read from the wrong place.
constexpr std::uint64_t kMaxGoroutines = 100'000'000;
constexpr std::size_t kBatch = 1024;

std::uint64_t now_ns() { return clock_ns(CLOCK_MONOTONIC); }

Result<void> put(event::RecordSink& sink, const event::Event& event) {
  return sink.on_record(event::encode(event));
}

}  // namespace

Table::Table(const target::Process& process, const gobin::GoBinary& binary, target::Memory memory)
    : process_(process),
      binary_(binary),
      memory_(std::move(memory)),
      bias_(binary.image().load_bias(process.exe_start())),
      allgs_{binary.globals().allgs.value + bias_},
      walker_(binary, bias_) {
  chan_receive_ = reason_index("chan receive");
  io_wait_ = reason_index("IO wait");
}

Result<Table> Table::open(const target::Process& process, const gobin::GoBinary& binary) {
  TRY_ASSIGN(auto memory, target::Memory::open(process.pid()));
  if (!binary.globals().allgs) {
    return fail(ErrorCode::kUnsupportedGo, "runtime.allgs was not found in the executable",
                "please report this with the output of `go version -m` on the binary");
  }
  return Table(process, binary, std::move(memory));
}

// -1: this version has none of that name.
int Table::reason_index(std::string_view name) const {
  const auto& reasons = binary_.wait_reasons();
  auto found = std::find(reasons.begin(), reasons.end(), name);
  return found != reasons.end() ? static_cast<int>(found - reasons.begin()) : -1;
}

tl::unexpected<Error> Table::cannot_read() const {
  auto same = process_.check_same_program();
  if (!same) return fail(std::move(same).error());
  return fail(ErrorCode::kTargetMismatch, "the goroutine table cannot be read from memory",
              "the target may be exiting; if it runs on, please report this");
}

// runtime.allgs is {pointer, length, capacity}. The runtime stores the pointer before the length
// (proc.go, allgadd), so the length is read first.
Result<std::size_t> Table::capacity() const {
  auto length = memory_.value<std::uint64_t>(allgs_ + sizeof(std::uint64_t));
  if (!length || *length > kMaxGoroutines) return cannot_read();
  return static_cast<std::size_t>(*length);
}

Result<Pointers> Table::read_pointers() const {
  TRY_ASSIGN(auto length, capacity());
  auto begin = memory_.value<std::uint64_t>(allgs_);
  if (!begin) return cannot_read();
  Pointers pointers(length);
  if (length > 0 &&
      !memory_.read(RuntimeAddress{*begin}, std::as_writable_bytes(std::span(pointers)))) {
    return cannot_read();
  }
  return pointers;
}

// Each g is read, then its stack, then the g again: what moved in between comes into `moved`.
std::vector<Seen> Table::look(const Pointers& pointers, std::size_t max_frames,
                              std::vector<Seen>& moved, std::uint64_t& unreadable) const {
  auto goroutines = read_goroutines(memory_, binary_.layout(), pointers);
  unreadable += pointers.size() - goroutines.size();
  std::erase_if(goroutines, [](const Goroutine& g) { return !g.live(); });
  auto stacks = walker_.walk(memory_, goroutines, max_frames);
  Pointers again;
  for (const auto& g : goroutines) again.push_back(g.address.value);
  auto later = read_goroutines(memory_, binary_.layout(), again);
  std::vector<Seen> seen;
  if (later.size() != goroutines.size()) {  // the target is going away
    unreadable += goroutines.size();
    return seen;
  }
  for (std::size_t i = 0; i < goroutines.size(); ++i) {
    bool still = goroutines[i].same_state(later[i]);
    if (!still) stacks[i] = {};
    bool truncated = stacks[i].truncated();
    (still ? seen : moved).push_back({later[i], std::move(stacks[i].pcs), truncated});
  }
  return seen;
}

// Looks again at those that moved. One that never stands still is as good as running.
std::vector<Seen> Table::look_repeatedly(Pointers pointers, std::size_t max_frames,
                                         std::uint64_t& unreadable) const {
  constexpr int kLooks = 3;
  std::vector<Seen> all, moved;
  for (int i = 0; i < kLooks && !pointers.empty(); ++i) {
    moved.clear();
    auto seen = look(pointers, max_frames, moved, unreadable);
    std::move(seen.begin(), seen.end(), std::back_inserter(all));
    pointers.clear();
    for (const auto& one : moved) pointers.push_back(one.g.address.value);
  }
  for (auto& one : moved) {
    if (!one.g.live()) continue;
    one.g.status = Status::kRunning;
    all.push_back(std::move(one));
  }
  return all;
}

bool Table::is_system(std::uint64_t start_pc) {
  auto [entry, added] = system_.try_emplace(start_pc, false);
  if (!added) return entry->second;
  auto function = binary_.function_at(link(start_pc));
  entry->second = function && symbol::is_system_function(function->name);
  return entry->second;
}

Result<event::StackHash> Table::send_stack(Pcs frames, bool truncated, event::RecordSink& sink) {
  if (frames.empty()) return event::StackHash{0};
  auto hash = hash_of(frames);
  if (sent_.insert(hash).second) {
    TRY(put(sink, event::Stack{hash, truncated, std::move(frames)}));
  }
  return hash;
}

std::uint64_t Table::since_of(const Goroutine& g, std::uint64_t now, const ParkedSince& since) {
  std::uint64_t parked = since ? since(g.address) : history_.parked_since(g, now);
  return g.parked() ? parked : 0;
}

// A receive from a ticker's channel: hchan.timer is set (chan.go, Go 1.23+).
bool Table::is_timed(const Goroutine& g) const {
  const auto& layout = binary_.layout();
  if (g.wait_reason != chan_receive_ || g.waiting == 0) return false;
  if (layout.hchan.timer == gobin::kNoField) return false;
  auto word = [this](std::uint64_t base, std::int32_t field) {
    return memory_.value<std::uint64_t>(RuntimeAddress{base + static_cast<std::uint64_t>(field)});
  };
  auto channel = word(g.waiting, layout.sudog.c);
  return channel && *channel != 0 && word(*channel, layout.hchan.timer).value_or(0) != 0;
}

Result<void> Table::send_one(Seen seen, event::RecordSink& sink, const ParkedSince& since) {
  const Goroutine& g = seen.g;
  event::GoState state;
  state.time = now_ns();
  state.goid = g.goid;
  state.parent = g.parent_goid;
  state.start_pc = g.start_pc;
  state.go_pc = g.go_pc;
  TRY_ASSIGN(state.stack, send_stack(std::move(seen.stack), seen.truncated, sink));
  state.since = since_of(g, state.time, since);
  state.timed = !since && state.since != 0 && is_timed(g);
  state.status = g.status;
  state.reason = g.wait_reason;
  state.system = is_system(g.start_pc);
  if (g.status == Status::kSyscall) calling_.push_back({g, state.stack});
  if (g.status == Status::kWaiting && g.wait_reason == io_wait_) polling_.push_back(g);
  return put(sink, state);
}

Result<std::uint64_t> Table::read(const Batch& batch, std::size_t max_frames) const {
  TRY_ASSIGN(auto pointers, read_pointers());
  std::uint64_t unreadable = 0;
  for (std::size_t i = 0; i < pointers.size(); i += kBatch) {
    auto end = std::min(i + kBatch, pointers.size());
    TRY(batch(
        look_repeatedly({pointers.begin() + i, pointers.begin() + end}, max_frames, unreadable)));
  }
  return unreadable;
}

Result<void> Table::send(event::RecordSink& sink, const ParkedSince& since) {
  std::uint64_t begin = now_ns();
  TRY(put(sink, event::SnapshotBegin{begin}));
  if (auto given = given_goids(memory_, binary_, bias_))
    TRY(put(sink, event::Goids{begin, *given}));
  std::uint64_t sent = 0;
  calling_.clear();
  polling_.clear();
  auto send_all = [&](std::vector<Seen> batch) -> Result<void> {
    for (auto& seen : batch) TRY(send_one(std::move(seen), sink, since));
    sent += batch.size();
    return {};
  };
  TRY_ASSIGN(auto unreadable, read(send_all, MAX_STACK_FRAMES));
  history_.forget_before(begin);
  return put(sink, event::SnapshotEnd{now_ns(), sent, unreadable});
}

// A thread in an older call is so all the time, with the goroutine that send() found in it.
Result<void> Table::send_older_calls(event::RecordSink& sink, std::uint64_t window_ns,
                                     const IsOlder& is_older) const {
  std::vector<Goroutine> goroutines;
  for (const auto& calling : calling_) goroutines.push_back(calling.g);
  const ThreadReader threads(process_.pid(), memory_, binary_.layout());
  const auto calls = CallReader(process_, binary_, threads).read(goroutines);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (!calls[i] || !is_older(calls[i]->thread)) continue;
    event::Syscall event;
    event.time = now_ns();
    event.goid = goroutines[i].goid;
    event.duration_ns = event.time - window_ns;
    event.stack = calling_[i].stack;
    event.args = calls[i]->call.arguments;
    event.number = static_cast<std::uint32_t>(calls[i]->call.number);
    event.tid = static_cast<std::uint32_t>(calls[i]->thread);
    event.in_flight = event.older = true;
    TRY(put(sink, event));
  }
  return {};
}

Result<void> Table::send_sockets(event::RecordSink& sink) const {
  if (polling_.empty()) return {};
  WaitReader reader(process_, binary_, memory_);
  for (std::size_t at = 0; at < polling_.size(); at += kBatch) {
    const auto batch = std::span(polling_).subspan(at, std::min(kBatch, polling_.size() - at));
    const auto looked = now_ns();
    const auto waits = reader.read(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!waits[i].socket) continue;
      const auto& socket = *waits[i].socket;
      const auto quality = socket.quality.value_or(target::TcpQuality{});
      TRY(put(sink, event::GoSocket{looked, batch[i].goid, static_cast<std::uint32_t>(waits[i].fd),
                                    socket.quality.has_value(), quality.srtt_us,
                                    quality.retransmits, socket.peer()}));
    }
  }
  return {};
}

}  // namespace gosnoop::snapshot
