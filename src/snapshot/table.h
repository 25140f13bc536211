// SPDX-License-Identifier: Apache-2.0
// The runtime's goroutine table (runtime.allgs), read out of the memory of a target that runs on.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "event/wire.h"
#include "gobin/go_binary.h"
#include "snapshot/counts.h"
#include "snapshot/goroutine.h"
#include "snapshot/history.h"
#include "snapshot/stacks.h"
#include "target/memory.h"
#include "target/process.h"

namespace gosnoop::snapshot {

// When the goroutine behind a g parked (CLOCK_MONOTONIC ns); 0 if that was not seen. Empty where no
// probe watches that: then it is told from snapshot to snapshot.
using ParkedSince = std::function<std::uint64_t(RuntimeAddress g)>;

// Go's own dump shows 100 of a stack (traceback.go, tracebackInnerFrames and -OuterFrames).
inline constexpr std::size_t kMaxFrames = 1024;

using Pointers = std::vector<std::uint64_t>;  // of g's

// A goroutine and its stack, which belong together: it did not move while both were read.
struct Seen {
  Goroutine g;
  Pcs stack;               // empty: it runs, or never stood still
  bool truncated = false;  // the stack is deeper than that, or its callers cannot be told
};

class Table {
 public:
  // `binary` and `process` must outlive the Table.
  static Result<Table> open(const target::Process& process, const gobin::GoBinary& binary);

  // Do the struct offsets fit what is in memory now? An Error (kUnsupportedGo) names the first
  // field that does not. Passes where no goroutine exists yet.
  Result<void> check_layout() const;

  // Reads all live goroutines, in batches; of each stack up to `max_frames`, and less only where
  // Seen::truncated says so. Returns how many could not be read consistently. An
  // Error where the table cannot be read, as when the target has exited, or one that `batch` gave.
  using Batch = std::function<Result<void>(std::vector<Seen>)>;
  Result<std::uint64_t> read(const Batch& batch, std::size_t max_frames = kMaxFrames) const;

  // Sends one snapshot: begin, a state a live goroutine, each new stack, end. An Error where the
  // table cannot be read, as when the target has exited.
  Result<void> send(event::RecordSink& sink, const ParkedSince& since);

  // Sends stacks again that were sent already, for another reader.
  void forget_sent() { sent_.clear(); }

  // After send(): the system calls of goroutines that it found in one, as they are now, but only
  // those of threads that `is_older` holds for. Each is sent as in flight since before `window_ns`
  // (CLOCK_MONOTONIC).
  using IsOlder = std::function<bool(std::int32_t tid)>;
  Result<void> send_older_calls(event::RecordSink& sink, std::uint64_t window_ns,
                                const IsOlder& is_older) const;

  // After send(): the sockets of goroutines that it found waiting for the network, of those that
  // still do. Costs about a microsecond a socket of the target's network namespace.
  Result<void> send_sockets(event::RecordSink& sink) const;

  // How many live goroutines there are. Costs a fraction of a µs a goroutine. An Error where one of
  // them cannot be read, as when the target has exited.
  Result<Counts> counts();

  // Length of runtime.allgs now: live and dead ones.
  Result<std::size_t> capacity() const;

 private:
  Table(const target::Process& process, const gobin::GoBinary& binary, target::Memory memory);

  tl::unexpected<Error> cannot_read() const;
  Result<void> check_once() const;
  std::string_view wrong_field(const Goroutine& g) const;
  Error layout_error(std::string_view field) const;
  Result<Pointers> read_pointers() const;
  std::vector<Seen> look(const Pointers& pointers, std::size_t max_frames, std::vector<Seen>& moved,
                         std::uint64_t& unreadable) const;
  std::vector<Seen> look_repeatedly(Pointers pointers, std::size_t max_frames,
                                    std::uint64_t& unreadable) const;
  Result<void> send_one(Seen seen, event::RecordSink& sink, const ParkedSince& since);
  Result<event::StackHash> send_stack(Pcs frames, bool truncated, event::RecordSink& sink);
  std::uint64_t since_of(const Goroutine& g, std::uint64_t now, const ParkedSince& since);
  void count(const Goroutine& g, Counts& counts);
  bool is_timed(const Goroutine& g) const;
  bool is_system(std::uint64_t start_pc);
  int reason_index(std::string_view name) const;
  LinkAddress link(std::uint64_t pc) const { return LinkAddress{pc - bias_}; }

  struct Calling {
    Goroutine g;
    event::StackHash stack;
  };

  const target::Process& process_;
  const gobin::GoBinary& binary_;
  target::Memory memory_;
  std::uint64_t bias_ = 0;
  RuntimeAddress allgs_;
  mutable Walker walker_;  // only its memory of frames changes
  std::unordered_map<std::uint64_t, bool> system_;
  std::unordered_set<event::StackHash> sent_;
  History history_;
  std::vector<Calling> calling_;    // that send() found in a system call
  std::vector<Goroutine> polling_;  // … waiting for the network
  int chan_receive_ = -1;           // indexes of wait reasons
  int io_wait_ = -1;
};

}  // namespace gosnoop::snapshot
