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
#include "snapshot/goroutine.h"
#include "target/memory.h"
#include "target/process.h"

namespace gosnoop::snapshot {

// When the goroutine behind a g parked (CLOCK_MONOTONIC ns); 0 if that was not seen.
using ParkedSince = std::function<std::uint64_t(RuntimeAddress g)>;

class Table {
 public:
  // `binary` and `process` must outlive the Table.
  static Result<Table> open(const target::Process& process, const gobin::GoBinary& binary);

  // Do the struct offsets fit what is in memory now? An Error (kUnsupportedGo) names the first
  // field that does not. Passes where no goroutine exists yet.
  Result<void> check_layout() const;

  // Sends one snapshot: begin, a state a live goroutine, each new stack, end. An Error where the
  // table cannot be read, as when the target has exited.
  Result<void> send(event::RecordSink& sink, const ParkedSince& since);

  // Live goroutines seen by the last send(), or 0.
  std::size_t size() const { return last_size_; }
  // Length of runtime.allgs now: live and dead ones.
  Result<std::size_t> capacity() const;

 private:
  Table(const target::Process& process, const gobin::GoBinary& binary, target::Memory memory);

  Result<void> check_once() const;
  std::string_view wrong_field(const Goroutine& g) const;
  Error layout_error(std::string_view field) const;
  Result<std::vector<std::uint64_t>> read_pointers() const;
  std::vector<Goroutine> read_goroutines(const std::vector<std::uint64_t>& pointers) const;
  std::vector<std::uint64_t> walk(const Goroutine& g) const;
  Result<std::uint64_t> send_one(const Goroutine& g, event::RecordSink& sink,
                                 const ParkedSince& since);
  Result<std::uint64_t> send_stack(const std::vector<std::uint64_t>& frames,
                                   event::RecordSink& sink);
  bool is_system(std::uint64_t start_pc);
  LinkAddress link(std::uint64_t pc) const { return LinkAddress{pc - bias_}; }

  const gobin::GoBinary& binary_;
  target::Memory memory_;
  std::uint64_t bias_ = 0;
  RuntimeAddress allgs_;
  std::size_t extent_ = 0;
  std::size_t last_size_ = 0;
  std::unordered_map<std::uint64_t, bool> system_;
  std::unordered_set<event::StackHash> sent_;
};

}  // namespace gosnoop::snapshot
