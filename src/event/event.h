// SPDX-License-Identifier: Apache-2.0
// What happened in the target, typed. The wire form is bpf/events.h; the fields mean the same.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/endpoint.h"

namespace gosnoop::event {

using TimeNs = std::uint64_t;     // CLOCK_MONOTONIC
using Goid = std::uint64_t;       // runtime.g.goid; 0: none
using StackHash = std::uint64_t;  // 0: none

inline constexpr std::size_t kHistogramSlots = 40;
inline constexpr std::size_t kTotalsFrames = 8;  // innermost frames that BlockTotals are kept by

struct GoCreate {
  TimeNs time = 0;
  Goid goid = 0;
  Goid parent = 0;
  std::uint64_t start_pc = 0;
  std::uint64_t go_pc = 0;
  StackHash stack = 0;
  bool parked = false;  // a coroutine: waits until it is first switched to
};

enum class Waker : std::uint8_t { kUnknown, kGoroutine, kNetpoll, kTimer, kRuntime };

struct GoBlock {
  TimeNs time = 0;  // of the wake
  Goid goid = 0;
  std::uint64_t duration_ns = 0;
  StackHash stack = 0;
  std::uint64_t object = 0;
  Waker waker = Waker::kUnknown;
  Goid waker_goid = 0;
  StackHash waker_stack = 0;
  std::uint8_t reason = 0;
  std::uint32_t socket = 0;  // inode of the one it waited for; 0: none, or not known
};

struct GoExit {
  TimeNs time = 0;
  Goid goid = 0;
};

struct Stack {
  StackHash hash = 0;
  bool truncated = false;
  std::vector<std::uint64_t> frames;  // return addresses, innermost first
};

struct Target {
  std::int32_t pid = 0;
  std::string exe;
  std::string go_version;
  std::string module;    // path of the main package, "" if the binary does not say
  std::string build_id;  // "" if it has none
  bool stripped = false;
  std::uint64_t min_block_ns = 0;
  bool probes = true;                     // false: seen in snapshots alone
  bool lives = true;                      // creations and exits are told as events
  std::vector<std::string> wait_reasons;  // index: g.waitreason
};

struct WindowStart {
  TimeNs time = 0;
  std::uint64_t wall_clock_ns = 0;
};

enum class EndReason : std::uint8_t {
  kComplete,
  kTargetExited,
  kTargetExeced,
  kTooCostly,  // the probes took more of the target than they may (--max-cost)
};

struct WindowEnd {
  TimeNs time = 0;
  EndReason reason = EndReason::kComplete;
};

struct SymbolLine {
  std::string function;
  std::string file;
  std::uint32_t line = 0;
};

struct Symbol {
  std::uint64_t pc = 0;
  std::vector<SymbolLine> lines;  // innermost (inlined) first; empty: not in the Go text
};

struct SnapshotBegin {
  TimeNs time = 0;
};

enum class GoStatus : std::uint8_t {  // runtime2.go, _Gidle …
  kIdle = 0,
  kRunnable = 1,
  kRunning = 2,
  kSyscall = 3,
  kWaiting = 4,
  kDead = 6,
  kCopystack = 8,
  kPreempted = 9,
  kLeaked = 10,
  kDeadExtra = 11,
};

struct GoState {
  TimeNs time = 0;
  Goid goid = 0;
  Goid parent = 0;
  std::uint64_t start_pc = 0;
  std::uint64_t go_pc = 0;
  StackHash stack = 0;
  TimeNs since = 0;  // parked since, at the latest; 0: unknown
  GoStatus status = GoStatus::kIdle;
  std::uint8_t reason = 0;
  bool system = false;
  bool timed = false;  // receives from a timer's or ticker's channel
};

struct SnapshotEnd {
  TimeNs time = 0;
  std::uint64_t goroutines = 0;
  std::uint64_t unreadable = 0;
};

// How many goroutine ids the runtime had given away by then; within a snapshot.
struct Goids {
  TimeNs time = 0;
  std::uint64_t given = 0;
};

struct BlockTotals {
  StackHash stack = 0;
  std::uint8_t reason = 0;
  std::uint64_t count = 0;
  std::uint64_t sum_ns = 0;
  std::uint64_t max_ns = 0;
  std::array<std::uint64_t, kHistogramSlots> slots{};  // slot i: 2^(i-1) <= ns < 2^i
};

// On whose behalf a system call was made.
enum class Origin : std::uint8_t {
  kGoroutine,  // a goroutine, or C code that one called
  kRuntime,    // the runtime itself, on a thread's g0 or in a signal handler
  kForeign,    // a thread without a goroutine, or it could not be told
};

// A path among the arguments of a system call.
struct PathArgument {
  std::uint32_t argument = 0;  // index in args
  std::string path;
  bool truncated = false;  // it is longer than that
};

struct Syscall {
  TimeNs time = 0;  // of its return; in flight: when it was looked at
  Goid goid = 0;
  std::uint64_t duration_ns = 0;  // in flight: its age
  StackHash stack = 0;
  std::array<std::uint64_t, 6> args{};
  std::int64_t result = 0;       // negative errno where it failed
  std::uint64_t file_inode = 0;  // of the file that args[0] named as it returned
  std::uint32_t number = 0;
  std::uint32_t tid = 0;  // as the kernel knows it
  bool in_flight = false;
  bool older = false;       // than the window, and in flight: it may be older than duration_ns
  bool file_known = false;  // file_inode is set
  Origin origin = Origin::kGoroutine;
  std::vector<PathArgument> paths = {};  // as long as there is no text
  std::string text;                      // "read(fd=7 </var/log/x>, buf=0xc000010000, count=4096)"
};

struct SyscallName {
  std::uint32_t number = 0;
  std::string name;
};

struct SyscallTotals {
  StackHash stack = 0;
  std::uint32_t number = 0;
  Origin origin = Origin::kGoroutine;
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::uint64_t sum_ns = 0;
  std::uint64_t max_ns = 0;
  std::array<std::uint64_t, kHistogramSlots> slots{};
};

struct SyscallErrors {
  std::uint32_t number = 0;
  Origin origin = Origin::kGoroutine;
  std::uint64_t error = 0;  // errno
  std::uint64_t count = 0;
};

struct SyscallGoroutines {
  std::uint32_t number = 0;
  bool complete = true;  // false: there were more
  std::uint64_t count = 0;
  std::vector<Goid> goids;  // the lowest, ascending
};

enum class TcpRole : std::uint8_t { kUnknown, kClient, kServer };
enum class TcpCloser : std::uint8_t { kNone, kLocal, kRemote, kTimeout };
enum class TcpWhat : std::uint8_t {
  kStatus,  // it was looked at
  kConnected,
  kAccepted,
  kPeerClosed,
  kRetransmitted,
  kResetSent,
  kResetReceived,
  kOver,  // it ended, or the connect failed
};

// One TCP connection; a later one of the same (id, opened) replaces it.
struct TcpConnection {
  TimeNs time = 0;
  std::uint64_t id = 0;      // the socket's inode
  TimeNs opened = 0;         // 0: before the window
  TimeNs established = 0;    // 0: not, or before the window
  TimeNs remote_closed = 0;  // 0: not, or before the window
  TimeNs closed = 0;         // 0: not yet
  Goid goid = 0;
  Goid parent = 0;          // of the goroutine
  std::uint64_t go_pc = 0;  // of its go statement
  StackHash stack = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint32_t srtt_us = 0;
  std::uint32_t retransmits = 0;
  std::uint32_t resets_sent = 0;
  std::uint32_t resets_received = 0;
  std::uint32_t error = 0;
  TcpWhat what = TcpWhat::kStatus;
  TcpRole role = TcpRole::kUnknown;
  TcpCloser closer = TcpCloser::kNone;
  std::uint8_t state = 0;
  bool failed = false;    // connect did
  bool held = false;      // a descriptor of the target names it
  bool measured = false;  // state, bytes, RTT and retransmits are those of `time`
  bool ended = false;     // the kernel has forgotten it
  bool unseen = false;    // … and there need not be another record that says so
  bool at_exit = false;   // it was closed as the target ended
  Endpoint local, remote;
};

enum class TcpFailure : std::uint8_t {
  kRefused,
  kTimedOut,
  kUnreachable,
  kReset,
  kGaveUp,
  kOther,
};
inline constexpr std::size_t kTcpFailures = 6;

struct TcpTotals {
  std::uint64_t attempted = 0;
  std::uint64_t connected = 0;
  std::array<std::uint64_t, kTcpFailures> failed{};
  std::uint64_t accepted = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t resets_sent = 0;
  std::uint64_t resets_received = 0;
  std::uint64_t latency_sum_ns = 0;
  std::uint64_t latency_max_ns = 0;
  std::array<std::uint64_t, kHistogramSlots> latency{};
};

enum class SocketKind : std::uint8_t { kUnix, kUdp };

struct SocketsMade {
  StackHash stack = 0;
  SocketKind kind = SocketKind::kUnix;
  std::uint64_t count = 0;
};

// A socket that goroutines wait for.
struct WaitSocket {
  std::uint64_t inode = 0;
  Endpoint local, remote;  // remote.port 0: it listens, or has no peer
};

// A goroutine of the last snapshot waits for the network, with this socket.
struct GoSocket {
  TimeNs time = 0;
  Goid goid = 0;
  std::uint32_t fd = 0;
  bool measured = false;      // srtt_us and retransmits are known
  std::uint32_t srtt_us = 0;  // 0: no sample yet
  std::uint32_t retransmits = 0;
  std::string peer;  // "10.0.0.5:5432"; "[::]:80 (listening)", "unix /run/x"
};

enum class LossKind : std::uint8_t { kCreate, kBlock, kExit, kStack, kSyscall, kTcp };

struct Loss {
  LossKind what = LossKind::kCreate;
  std::uint16_t cpu = 0;
  std::uint64_t seen = 0;
  std::uint64_t delivered = 0;
  std::uint64_t dropped = 0;
  std::uint64_t filtered = 0;
};

// What probes cost the target's threads, measured in samples of the window so far.
struct ProbeCost {
  std::uint64_t measured_ns = 0;  // how long was measured
  std::uint64_t hits = 0;         // of uprobes in that time
  std::uint64_t run_ns = 0;       // that BPF programs ran for them
  std::uint64_t trap_ns = 0;      // that a hit takes besides; 0: not known
  std::uint64_t calls = 0;        // system calls that were told in that time
  std::uint64_t calls_ns = 0;     // that telling them took
  std::uint64_t others_ns = 0;    // that their tracepoints took of all other processes' threads
};

using Event = std::variant<GoCreate, GoBlock, GoExit, Stack, Target, WindowStart, WindowEnd, Symbol,
                           SnapshotBegin, GoState, SnapshotEnd, Goids, BlockTotals, Loss, Syscall,
                           SyscallName, SyscallTotals, SyscallErrors, SyscallGoroutines,
                           TcpConnection, TcpTotals, SocketsMade, WaitSocket, GoSocket, ProbeCost>;

}  // namespace gosnoop::event
