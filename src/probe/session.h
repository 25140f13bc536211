// SPDX-License-Identifier: Apache-2.0
// The probes on one process, from attach to detach. Only this folder sees libbpf.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/address.h"
#include "base/record_sink.h"
#include "base/result.h"
#include "gobin/go_binary.h"
#include "plan/plan.h"
#include "probe/features.h"
#include "target/process.h"

namespace gosnoop::probe {

struct Options {
  std::uint64_t min_block_ns = 1'000'000;  // blocks this long are streamed one by one
  std::uint32_t ring_bytes = 16u << 20;    // a power of two
  std::size_t expected_goroutines = 0;     // sizes the table of parked goroutines
  bool allow_uprobe_multi = true;
  bool syscalls = false;                      // watch system calls
  std::uint64_t min_syscall_ns = 10'000'000;  // calls this long are streamed one by one
  bool tcp = false;                           // follow TCP connections
  double max_cost = 1;                        // cores that probes may take of the target
  bool must_measure_cost = false;             // an Error where that cannot be measured
};

// Owns all kernel handles: when it is destroyed, or gosnoop is killed, every probe is gone.
class Session {
 public:
  // Checks, loads and attaches; nothing is recorded yet. On any failure no probe stays behind.
  // `file`: a path of the very executable that `binary` and `plan` were made of. `process` must
  // outlive the Session, the others the call only.
  static Result<Session> attach(const target::Process& process, const std::string& file,
                                const gobin::GoBinary& binary, const plan::ProbePlan& plan,
                                const Features& features, const Options& options);

  // As attach(), but ends before the first probe and takes everything down again. An Error is the
  // one that attach() would give.
  static Result<void> rehearse(const target::Process& process, const gobin::GoBinary& binary,
                               const plan::ProbePlan& plan, const Features& features,
                               const Options& options);

  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // All probes are in: record from now on.
  void activate();
  // Stop recording; what is in the ring can still be drained.
  void deactivate();

  // Takes all probes off; returns when no BPF program runs any more.
  void detach();

  // Hands what the ring holds to `sink`, in order, but no more than some tens of thousands of
  // records, so that the caller can look after other things. Returns whether there may be more.
  Result<bool> drain(RecordSink& sink);
  // Totals of all finished blocks so far with their stacks, and the losses, as records.
  Result<void> send_totals(RecordSink& sink);

  // To be called every some milliseconds: measures now and then what the probes cost the target.
  // The sums go with the totals.
  void measure_cost();
  // Did they take more than Options::max_cost, not just for a moment?
  bool too_costly() const;
  // An Error where it cannot be measured here: then there is no such limit.
  Result<void> can_measure_cost() const;

  // Sends stacks, sockets and connections again that were sent already, for another reader.
  void forget_sent();

  // Creations and exits so far that did not reach the ring: only a snapshot tells of them.
  std::uint64_t lost_lives() const;

  // The system calls that threads are in now, as records.
  Result<void> send_calls_in_flight(RecordSink& sink) const;
  // Has the thread made a system call since activate()? One that has not is still in an older one,
  // if it is in one. True too where that cannot be told.
  bool has_called(pid_t tid) const;
  // With Options::tcp: tells the programs, once active, of the connections there were before.
  Result<void> find_older_connections();
  // With Options::tcp: the connections that have not ended, as records. Drains the ring, too.
  Result<void> send_connections(RecordSink& sink);

  // CLOCK_MONOTONIC ns since when the g at this address is parked, at the latest; 0: it has not
  // parked since activate().
  std::uint64_t parked_since(RuntimeAddress g) const;
  // Did the target call execve? Its goroutines and our probes are gone then.
  bool target_execed() const;

 private:
  struct Impl;
  explicit Session(std::unique_ptr<Impl> impl);
  static Result<std::unique_ptr<Impl>> prepare(const target::Process& process,
                                               const gobin::GoBinary& binary,
                                               const plan::ProbePlan& plan, const Options& options,
                                               bool uprobe_multi);
  static Result<std::unique_ptr<Impl>> attach_all(const target::Process& process,
                                                  const std::string& file,
                                                  const gobin::GoBinary& binary,
                                                  const plan::ProbePlan& plan,
                                                  const Features& features, const Options& options);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gosnoop::probe
