// SPDX-License-Identifier: Apache-2.0
// The target's TCP connections: those that BPF programs follow, and those older than the window.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/record_sink.h"
#include "base/result.h"
#include "bpf/config.h"
#include "probe/handles.h"
#include "target/process.h"
#include "target/sock_diag.h"

namespace gosnoop::probe {

// Before the object is loaded: sizes the maps and chooses the programs; `wanted` false: neither.
void choose_tcp(goroutine_bpf& skeleton, bool wanted);

// After the object is loaded. The kernel takes them off with the links.
Result<std::vector<Link>> attach_tcp(const goroutine_bpf& skeleton);

// Was it wanted?
bool follows_tcp(const goroutine_bpf& skeleton);

// How often the kernel did not run one of the programs because it interrupted itself on its CPU
// (kernel/trace/bpf_trace.c, __bpf_trace_run).
std::uint64_t missed_runs(const goroutine_bpf& skeleton);

class Connections {
 public:
  // By inode and time of opening: a socket may be another connection later, and so may an inode.
  using Live = std::map<std::pair<std::uint64_t, std::uint64_t>, wire::wire_tcp>;

  // Attaches the programs. `skeleton` and `process` must outlive the Connections.
  static Result<Connections> attach(const goroutine_bpf& skeleton, const target::Process& process);

  // Tells the BPF programs, which run already, of the connections that were there before them.
  Result<void> find_older();

  // Every connection that has not ended, with state, bytes, RTT and retransmits of now where the
  // kernel tells them.
  Live look();
  // What changed since the last time, as records: what is open, and, once the ring was drained, so
  // that one that ended since was told to end behind that, what is open no more.
  Result<void> tell_changed(const Live& live, RecordSink& sink) const;
  Result<void> tell_gone(Live live, RecordSink& sink);
  // The next time tells all, changed or not, for another reader.
  void tell_all() { tell_all_ = true; }
  Result<void> send_totals(RecordSink& sink) const;

  void detach() { links_.clear(); }

 private:
  Connections(const goroutine_bpf& skeleton, const target::Process& process, target::SockDiag diag)
      : skeleton_(&skeleton), process_(&process), diag_(std::move(diag)) {}

  void measure(Live& live);
  void forget_older(Live& live);
  Result<void> send_sums(RecordSink& sink) const;
  Result<void> send_sockets_made(RecordSink& sink) const;

  const goroutine_bpf* skeleton_;
  const target::Process* process_;
  target::SockDiag diag_;
  std::vector<Link> links_;
  Live told_;
  bool tell_all_ = false;
  std::uint64_t looked_ns_ = 0;
};

}  // namespace gosnoop::probe
