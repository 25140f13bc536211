// SPDX-License-Identifier: Apache-2.0
// Reports made by hand, one thing to show each.
#pragma once

#include "analyze/report.h"

namespace gosnoop::output {

using symbol::Frames;

inline constexpr std::uint64_t kSampleStart = 1795262584'123456789;  // 2026-11-21 12:03:04 UTC

inline Frames handler_stack() {
  return {{"main.handle", "/src/app/handler.go", 57},
          {"net/http.HandlerFunc.ServeHTTP", "/usr/lib/go-1.24/src/net/http/server.go", 2294},
          {"github.com/acme/mux.(*Router).ServeHTTP",
           "/root/go/pkg/mod/github.com/acme/mux@v1.8.1/mux.go", 212},
          {"net/http.(*conn).serve", "/usr/lib/go-1.24/src/net/http/server.go", 2102},
          {"runtime.goexit", "/usr/lib/go-1.24/src/runtime/asm_amd64.s", 1700}};
}

inline Frames send_stack() {
  return {{"runtime.gopark", "/usr/lib/go-1.24/src/runtime/proc.go", 435},
          {"runtime.chansend", "/usr/lib/go-1.24/src/runtime/chan.go", 283},
          {"runtime.chansend1", "/usr/lib/go-1.24/src/runtime/chan.go", 161},
          {"main.handle.func1", "/src/app/handler.go", 60},
          {"runtime.goexit", "/usr/lib/go-1.24/src/runtime/asm_amd64.s", 1700}};
}

inline Frames lock_stack() {
  return {{"runtime.gopark", "/usr/lib/go-1.24/src/runtime/proc.go", 435},
          {"internal/sync.runtime_SemacquireMutex", "/usr/lib/go-1.24/src/runtime/sema.go", 95},
          {"internal/sync.(*Mutex).lockSlow", "/usr/lib/go-1.24/src/internal/sync/mutex.go", 149},
          {"sync.(*Mutex).Lock", "/usr/lib/go-1.24/src/sync/mutex.go", 46},
          {"main.(*Cache).Get", "/src/app/cache.go", 31},
          {"main.worker", "/src/app/main.go", 40}};
}

inline analyze::Report empty_report() {
  analyze::Report report;
  report.target = {.pid = 4242,
                   .exe = "/usr/bin/app",
                   .go_version = "go1.24.4",
                   .module = "example.com/app",
                   .build_id = "c0ffee",
                   .stripped = true,
                   .min_block_ns = 1'000'000,
                   .wait_reasons = {}};
  report.window = {
      .start_wall_clock_ns = kSampleStart, .seconds = 10.0, .snapshots = 11, .ended = true};
  report.probe_cost = {200'000'000, 24'112, 9'400'000, 560};
  report.losses = {{"create", 4210, 4210, 0, 0},
                   {"block", 1'204'332, 60'020, 0, 1'144'312},
                   {"exit", 4211, 4211, 0, 0},
                   {"stack", 77, 77, 0, 0}};
  report.goroutines = {.at_start = 215, .now = 214, .created = 4210, .exited = 4211, .system = 6};
  return report;
}

inline analyze::LeakGroup leaking_group() {
  analyze::LeakGroup group;
  group.verdict = analyze::Verdict::kLeaking;
  group.why =
      "grew by 20.1 a second in every one of 8 slices of the window, none of 161 exited, all "
      "parked at chan send";
  group.count = 161;
  group.created = 161;
  group.growth_per_second = 20.125;
  group.oldest_seconds = 8;
  group.median_age_seconds = 4;
  group.youngest_seconds = 0.05;
  group.wait_reason = "chan send";
  group.start_function = "main.handle.func1";
  group.created_by = handler_stack();
  group.blocked_at = send_stack();
  group.parked = {{"chan send", send_stack(), 161}};
  return group;
}

inline analyze::LeakGroup suspect_group() {
  analyze::LeakGroup group = leaking_group();
  group.verdict = analyze::Verdict::kSuspect;
  group.why = "161 created, 3 of 161 exited, nearly all parked at sync.Mutex.Lock";
  group.exited = 3;
  group.growth_per_second = 0.5;
  group.older_than_window = 40;
  group.oldest_seconds = 10;
  group.created_by = {{"sync.(*WaitGroup).Go", "/usr/lib/go-1.25/src/sync/waitgroup.go", 239},
                      {"main.poll", "/src/app/poll.go", 12}};
  group.wait_reason = "sync.Mutex.Lock";
  group.blocked_at = lock_stack();
  group.parked = {{"sync.Mutex.Lock", lock_stack(), 150}, {"chan send", send_stack(), 11}};
  return group;
}

inline analyze::LeakGroup healthy_group() {
  analyze::LeakGroup group = suspect_group();
  group.verdict = analyze::Verdict::kOk;
  group.why = "its number is steady";
  group.created_by = {{"main.main", "/src/app/main.go", 20}};
  return group;
}

inline analyze::Report leaking_report() {
  analyze::Report report = empty_report();
  report.goroutines = {.at_start = 1143, .now = 1342, .created = 4210, .exited = 4011, .system = 6};
  report.leaks = {leaking_group(), suspect_group(), healthy_group()};
  return report;
}

inline Frames dial_stack() {
  return {{"syscall.connect", "/usr/lib/go-1.24/src/syscall/zsyscall_linux_amd64.go", 1422},
          {"internal/poll.(*FD).Connect", "/usr/lib/go-1.24/src/internal/poll/fd_unix.go", 9},
          {"net.Dial", "/usr/lib/go-1.24/src/net/dial.go", 471},
          {"main.connect", "/src/app/client.go", 32},
          {"main.leak", "/src/app/client.go", 74},
          {"runtime.goexit", "/usr/lib/go-1.24/src/runtime/asm_amd64.s", 1700}};
}

inline analyze::TcpConnection slow_connection() {
  analyze::TcpConnection c;
  c.local = "10.0.0.1:54710";
  c.remote = "10.0.0.5:5432";
  c.state = "ESTABLISHED";
  c.role = event::TcpRole::kClient;
  c.age_seconds = 8.25;
  c.bytes_sent = 250;
  c.bytes_received = 3'500'000;
  c.srtt_us = 80'200;
  c.retransmits = 3;
  c.connect_ns = 12'400;
  c.held = true;
  c.goroutine = 4711;
  c.parent = 1;
  c.opened_by = dial_stack();
  c.created_by = {{"main.main", "/src/app/main.go", 87}};
  return c;
}

inline analyze::Report tcp_report() {
  analyze::Report report = empty_report();
  analyze::Tcp& tcp = report.tcp;
  tcp.watched = true;
  tcp.connections = {slow_connection(), slow_connection(), slow_connection()};
  auto& failed = tcp.connections[1];
  failed.failed = true;
  failed.state = "CLOSE";
  failed.error = "refused";
  failed.srtt_us = failed.retransmits = failed.bytes_sent = failed.bytes_received = 0;
  auto& older = tcp.connections[2];
  older.older = true;
  older.measured = false;
  older.state = "CLOSE_WAIT";
  older.closed_by = "remote";
  older.goroutine = older.parent = older.srtt_us = older.retransmits = older.connect_ns = 0;
  older.opened_by.clear();
  older.created_by.clear();
  tcp.peers = {{.address = "10.0.0.5:5432",
                .role = event::TcpRole::kClient,
                .connections = 3,
                .open = 2,
                .failed = 1,
                .failures = {{"refused", 1}},
                .bytes_sent = 250,
                .bytes_received = 3'500'000,
                .retransmits = 3,
                .srtt_max_us = 80'200}};
  tcp.attempted = 2;
  tcp.connected = 1;
  tcp.failed = {{"refused", 1}};
  tcp.connect_p50_ns = tcp.connect_p99_ns = tcp.connect_max_ns = 12'400;
  tcp.retransmits = 3;
  tcp.unclosed = {{.why = "more are opened all the time, and hardly any is closed",
                   .opened_by = dial_stack(),
                   .count = 8,
                   .opened = 8,
                   .oldest_seconds = 9.5,
                   .remote = "10.0.0.5:5432"}};
  tcp.sockets = {{"udp", 12, dial_stack()}};
  return report;
}

inline analyze::Hotspot lock_hotspot() {
  using event::Waker;
  return {.wait_reason = "sync.Mutex.Lock",
          .stack = lock_stack(),
          .episodes = 4210,
          .total_ns = 45'200'000'000,
          .mean_ns = 10'736'342,
          .p50_ns = 9'200'000,
          .p99_ns = 31'000'000,
          .max_ns = 45'000'000,
          .waiting_now = 2,
          .waiting_longest_ns = 3'200'000'000,
          .waiting_at_start = 400,
          .wakers = {{Waker::kGoroutine, lock_stack(), 3100},
                     {Waker::kTimer, {}, 18},
                     {Waker::kNetpoll, {}, 2}},
          .streamed = 3120,
          .peers = {}};
}

inline analyze::Report blocking_report() {
  analyze::Report report = empty_report();
  report.blocking = {lock_hotspot(),
                     {.wait_reason = "chan send",
                      .stack = send_stack(),
                      .episodes = 1'200'122,
                      .total_ns = 912'000'000,
                      .mean_ns = 759,
                      .p50_ns = 700,
                      .p99_ns = 16'000,
                      .max_ns = 1'230'000,
                      .waiting_now = 0,
                      .wakers = {},
                      .streamed = 0,
                      .peers = {}},
                     {.wait_reason = "select",
                      .stack = {},
                      .waiting_now = 12,
                      .waiting_longest_ns = 10'000'000'000,
                      .waiting_at_start = 5,
                      .waiting_since_start = 4,
                      .wakers = {},
                      .peers = {}}};
  return report;
}

// Everything that can go wrong, in one report.
inline analyze::Report troubled_report() {
  analyze::Report report = leaking_report();
  report.blocking = blocking_report().blocking;
  report.losses[0] = {"create", 4210, 4200, 10, 0};
  report.losses[1] = {"block", 1'204'332, 59'708, 312, 1'144'312};
  report.losses[3] = {"stack", 77, 76, 1, 0};
  report.goroutines.unreadable = 3;
  report.window.seconds = 3.2;
  report.window.end_reason = event::EndReason::kTargetExited;
  return report;
}

inline Frames fsync_stack() {
  return {{"syscall.Fsync", "/usr/lib/go-1.24/src/syscall/zsyscall_linux_amd64.go", 463},
          {"internal/poll.(*FD).Fsync", "/usr/lib/go-1.24/src/internal/poll/fd_fsync_posix.go", 18},
          {"os.(*File).Sync", "/usr/lib/go-1.24/src/os/file_posix.go", 167},
          {"main.(*Log).Commit", "/src/app/log.go", 88}};
}

inline analyze::SyscallUse sample_syscall() {
  analyze::SyscallUse use;
  use.name = "fsync";
  use.count = 120;
  use.failed = 2;
  use.errors = {{"EIO", 2}};
  use.total_ns = 2'400'000'000;
  use.p50_ns = 18'000'000;
  use.p99_ns = 61'000'000;
  use.max_ns = 64'000'000;
  use.goroutines = 2;
  use.goroutine_ids = {18, 4711};
  use.callers = {{fsync_stack(), 120, 2'400'000'000}};
  return use;
}

inline analyze::Report syscall_report() {
  analyze::Report report = empty_report();
  analyze::SyscallUse futex;
  futex.name = "futex";
  futex.runtime = true;
  futex.count = 40;
  futex.total_ns = 9'600'000'000;
  futex.p50_ns = futex.p99_ns = futex.max_ns = 240'000'000;
  futex.callers = {{{{"runtime.futex", "/usr/lib/go-1.24/src/runtime/sys_linux_amd64.s", 557}},
                    40,
                    9'600'000'000}};
  report.syscalls = {sample_syscall(), futex};
  report.syscalls_now = {
      {"fsync(fd=7 </var/lib/app/log>)", 4711, false, 3'200'000'000, true, fsync_stack()},
      {"epoll_pwait(epfd=4)", 0, true, 100'000'000, false, {}}};
  report.losses.push_back({"syscall", 1'160, 120, 0, 1'040});
  return report;
}

// With something under every key.
inline analyze::Report whole_report() {
  analyze::Report report = troubled_report();
  const analyze::Report calls = syscall_report();
  report.syscalls = {calls.syscalls.front()};
  report.syscalls_now = {calls.syscalls_now.front()};
  report.losses.push_back(calls.losses.back());
  return report;
}

}  // namespace gosnoop::output
