// SPDX-License-Identifier: Apache-2.0
// What gosnoop found: a plain value that every output renders. Durations in ns.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyze/histogram.h"
#include "event/event.h"
#include "symbol/symbols.h"

namespace gosnoop::analyze {

using symbol::Frames;

struct Window {
  std::uint64_t start_wall_clock_ns = 0;  // CLOCK_REALTIME
  double seconds = 0;
  std::uint64_t snapshots = 0;
  bool ended = false;  // false: the recording was cut off, or the report was made midway
  event::EndReason end_reason = event::EndReason::kComplete;
};

struct LossCount {
  std::string kind;  // "create", "block", "exit", "stack", "syscall", "tcp"
  std::uint64_t seen = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t filtered = 0;
};

// now = at_start + created - exited, as runtime.NumGoroutine counts: without system goroutines.
struct GoroutineCounts {
  std::uint64_t at_start = 0;  // when the window began
  std::uint64_t now = 0;
  std::uint64_t created = 0;  // in the window
  std::uint64_t exited = 0;
  bool exact = true;             // else created and exited are lower bounds
  std::uint64_t system = 0;      // system goroutines now
  std::uint64_t unreadable = 0;  // of the last snapshot
};

// Goroutines in one state as the last snapshot found them, without system goroutines.
struct StateCount {
  event::GoStatus status = event::GoStatus::kIdle;
  std::string wait_reason;  // of waiting ones; else ""
  std::uint64_t count = 0;
};

// How many goroutines there were at a moment, counted as `now` is.
struct CountPoint {
  double seconds = 0;  // since the window began
  std::uint64_t goroutines = 0;
};

enum class Verdict { kLeaking, kSuspect, kOk };

// Goroutines that wait for one peer.
struct PeerNow {
  std::string peer;  // "10.0.0.5:5432"; of a listener "[::]:80 (listening)"; "unix /run/x"
  std::uint64_t count = 0;
  std::uint64_t longest_ns = 0;              // they wait, so far; 0: not known
  std::optional<std::uint64_t> srtt_us;      // the longest of their TCP connections
  std::optional<std::uint64_t> retransmits;  // of them all
};

// Members of a leak group that are parked at one place.
struct ParkedAt {
  std::string wait_reason;
  Frames stack;
  std::uint64_t count = 0;
  std::vector<PeerNow> peers{};  // in IO wait: whom they wait for, the most frequent first
  std::uint64_t peers_left_out = 0;
};

// Goroutines with one creation stack.
struct LeakGroup {
  Verdict verdict = Verdict::kOk;
  std::string why;          // one sentence
  std::uint64_t count = 0;  // now
  std::uint64_t created = 0;
  std::uint64_t exited = 0;
  double growth_per_second = 0;
  double oldest_seconds = 0;  // lower bound for members older than the window
  double median_age_seconds = 0;
  double youngest_seconds = 0;
  std::uint64_t older_than_window = 0;  // of count: members that were there at the start
  std::string wait_reason;              // where most members are parked
  std::string start_function;
  Frames created_by;
  Frames blocked_at;
  std::vector<ParkedAt> parked;  // all places, most members first
};

inline constexpr std::size_t kMaxWakers = 5;  // listed of a hotspot

struct WakerCount {
  event::Waker kind = event::Waker::kUnknown;
  Frames stack;
  std::uint64_t count = 0;
};

// Streamed episodes of a hotspot that waited for one peer, and goroutines that do now.
struct PeerWaits {
  std::string peer;  // "10.0.0.5:5432"; of a listener "[::]:80 (listening)"
  std::uint64_t episodes = 0;
  std::uint64_t total_ns = 0;
  std::uint64_t max_ns = 0;
  std::uint64_t waiting_now = 0;
  std::uint64_t waiting_longest_ns = 0;  // of these, so far; 0: not known
  // The longest of its connections, and of them all: of those that are followed, else of those that
  // are waited for now.
  std::optional<std::uint64_t> srtt_us;
  std::optional<std::uint64_t> retransmits;
};

struct Hotspot {
  std::string wait_reason;
  Frames stack;
  std::uint64_t episodes = 0;
  std::uint64_t total_ns = 0;
  std::uint64_t mean_ns = 0;
  std::uint64_t p50_ns = 0;
  std::uint64_t p99_ns = 0;
  std::uint64_t max_ns = 0;
  Slots slots{};  // of the episodes
  std::uint64_t waiting_now = 0;
  std::uint64_t waiting_longest_ns = 0;  // of these, so far; at least that for one from before
  // Waits that were on when the window began. Where they ended they are no episodes: how long they
  // took is not known.
  std::uint64_t waiting_at_start = 0;
  std::uint64_t waiting_since_start = 0;  // of these: not ended, so in waiting_now too
  bool idle = false;                      // the standard library waiting for work (analyze/idle.h)
  std::vector<WakerCount> wakers;         // of the streamed episodes, most first
  std::uint64_t streamed = 0;             // episodes that wakers and peers were counted over
  std::vector<PeerWaits> peers;           // of the network; most time first, then waiting_now
  std::string key{};                      // says which one it is, the same in all reports of a run
};

// A place that makes a system call.
struct SyscallCaller {
  Frames stack;  // empty: what the kernel's table had no room for
  std::uint64_t count = 0;
  std::uint64_t total_ns = 0;
};

// One system call, as goroutines and C code make it, or as the runtime does for itself.
struct SyscallUse {
  std::string name;
  bool runtime = false;
  std::uint64_t count = 0;  // that returned in the window
  std::uint64_t failed = 0;
  std::map<std::string, std::uint64_t> errors;  // by name of the errno
  std::uint64_t total_ns = 0;
  std::uint64_t p50_ns = 0;
  std::uint64_t p99_ns = 0;
  std::uint64_t max_ns = 0;
  Slots slots{};                 // of the calls
  std::uint64_t goroutines = 0;  // that made it
  bool goroutines_complete = true;
  std::vector<event::Goid> goroutine_ids;  // the lowest of them
  std::vector<SyscallCaller> callers;      // by total_ns
};

// A system call that a thread is in as the window ends.
struct SyscallNow {
  std::string call;  // with arguments
  event::Goid goroutine = 0;
  bool runtime = false;
  std::uint64_t age_ns = 0;
  bool older = false;  // than the window: age_ns is a lower bound
  Frames stack;
};

// A TCP connection of the target.
struct TcpConnection {
  std::string local;  // "127.0.0.1:80", "[::1]:80"; "" where it is not known
  std::string remote;
  std::string state;  // "ESTABLISHED", "CLOSE_WAIT", …; "CLOSE": it ended
  event::TcpRole role = event::TcpRole::kUnknown;
  double age_seconds = 0;  // until it ended; a lower bound where `older`
  bool older = false;      // than the window
  bool measured = true;    // false: bytes, RTT and retransmits are not known
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t srtt_us = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t resets_received = 0;
  std::uint64_t connect_ns = 0;  // what connect took; 0: not known
  std::string closed_by;         // "local", "remote", "timeout", "target_exit"; "": not closed
  std::string error;             // why connect failed, or the connection ended; "": it did not
  bool failed = false;           // connect did
  bool held = false;             // a descriptor of the target names it
  event::Goid goroutine = 0;     // that opened it
  event::Goid parent = 0;        // of that goroutine
  Frames opened_by;
  Frames created_by;  // the goroutine
};

// Connections that no one closes, opened at one place.
struct Unclosed {
  std::string why;
  Frames opened_by;
  std::uint64_t count = 0;   // now
  std::uint64_t opened = 0;  // in the window
  std::uint64_t closed = 0;
  std::uint64_t close_wait = 0;  // of count: the peer has closed
  double oldest_close_wait_seconds = 0;
  double oldest_seconds = 0;
  std::string remote;  // of most of them
};

struct SocketsAt {
  std::string kind;  // "unix", "udp"
  std::uint64_t count = 0;
  Frames opened_by;
};

// All connections with one remote; those that were accepted, by the local address.
struct TcpPeer {
  std::string address;
  event::TcpRole role = event::TcpRole::kUnknown;
  std::uint64_t connections = 0;  // open now, or ended or failed in the window
  std::uint64_t open = 0;
  std::uint64_t failed = 0;
  std::map<std::string, std::uint64_t> failures;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t resets = 0;
  std::uint64_t srtt_max_us = 0;
};

struct Tcp {
  bool watched = false;
  std::vector<TcpConnection> connections;  // those open, then the last that ended
  std::uint64_t ended_left_out = 0;        // that ended, and are in peers and totals only
  std::vector<TcpPeer> peers;              // most bytes first
  std::uint64_t attempted = 0;
  std::uint64_t connected = 0;
  std::map<std::string, std::uint64_t> failed;  // "refused", "timed_out", …
  std::uint64_t connect_p50_ns = 0;
  std::uint64_t connect_p99_ns = 0;
  std::uint64_t connect_max_ns = 0;
  std::uint64_t accepted = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t resets_received = 0;
  std::vector<Unclosed> unclosed;  // most first
  std::vector<SocketsAt> sockets;  // most first
};

struct Report {
  event::Target target;
  Window window;
  std::vector<LossCount> losses;
  event::ProbeCost probe_cost;  // nothing measured without probes
  GoroutineCounts goroutines;
  std::vector<StateCount> states;                // most first
  std::vector<CountPoint> goroutines_over_time;  // some hundred at most
  std::vector<LeakGroup> leaks;                  // leaking first, then suspect; with all: ok too
  std::optional<LeakGroup> crowd;                // the largest group that is fine, if it is large
  std::vector<Hotspot> blocking;                 // idle ones last; by total, then waiting_now
  std::vector<SyscallUse> syscalls;              // the runtime's own last; by total
  std::vector<SyscallNow> syscalls_now;          // the runtime's own last; by age
  Tcp tcp;
  std::uint64_t dropped() const {  // events lost, all kinds
    std::uint64_t sum = 0;
    for (const auto& loss : losses) sum += loss.dropped;
    return sum;
  }
};

}  // namespace gosnoop::analyze
