// SPDX-License-Identifier: Apache-2.0
// A dump with a goroutine of every kind, and what the writers make of it.
#pragma once

#include <sstream>
#include <string>

#include "../analyze/dump_builder.h"
#include "analyze/dump_groups.h"

namespace gosnoop::output {

using analyze::DumpBuilder;
using analyze::kDumpTime;
using analyze::Member;
using event::GoStatus;
using snapshot::Dump;
using snapshot::WaitsFor;
using Kind = WaitsFor::Kind;

constexpr std::uint64_t kMinute = 60'000'000'000;

inline symbol::Frames one(std::string function, std::string file, std::uint32_t line) {
  return {{std::move(function), std::move(file), line}};
}

inline WaitsFor wait_of(Kind kind, std::uint64_t address = 0) {
  WaitsFor wait;
  wait.kind = kind;
  wait.address = address;
  return wait;
}

inline WaitsFor socket_wait(std::int32_t fd, std::string local, std::string remote,
                            std::string state) {
  WaitsFor wait = wait_of(Kind::kNetwork, 0x7f0000001000);
  wait.fd = fd;
  wait.socket.emplace();
  wait.socket->protocol = "tcp";
  wait.socket->local = std::move(local);
  wait.socket->remote = std::move(remote);
  wait.socket->state = std::move(state);
  if (!wait.socket->remote.empty()) wait.socket->quality = {80'200, 1};
  return wait;
}

class SampleDump {
 public:
  SampleDump() {
    main_goroutine();
    workers();
    selecting();
    of_the_network();
    in_a_syscall();
    not_parked();
    of_the_runtime();
    b_.dump().unreadable = 2;
  }

  const Dump& dump() { return b_.dump(); }

 private:
  Member& parked(std::initializer_list<std::uint32_t> locations, analyze::Reason reason,
                 std::uint32_t created_by) {
    std::vector<std::uint32_t> stack = {park_};
    stack.insert(stack.end(), locations);
    stack.push_back(goexit_);
    return b_.parked(b_.stack(stack), reason, created_by);
  }

  void main_goroutine() {
    Member& member = parked({b_.location(one("time.Sleep", go_ + "runtime/time.go", 315), 0x125),
                             b_.location(one("main.main", "/src/app/main.go", 60), 0x3f)},
                            analyze::kSleep, runtime_main_);
    member.start = runtime_main_;
    WaitsFor sleep = wait_of(Kind::kSleep);
    sleep.until_ns = kDumpTime + 4'500'000'000;
    member.waits_for = b_.waits(sleep);
  }

  // Three in one place, of which two wait for one channel; the receive is inlined into the worker.
  void workers() {
    const auto take =
        b_.location({{"main.(*Queue[go.shape.int,go.shape.string]).take", "/src/app/queue.go", 31},
                     {"main.worker", "/src/app/main.go", 40}});
    const auto creator = b_.location(
        {{"main.start", "/src/app/main.go", 18}, {"main.main", "/src/app/main.go", 55}}, 0x91);
    WaitsFor jobs = analyze::waits_for_channel(0xc000012345);
    jobs.channels[0].receivers = 2;
    const auto both = b_.waits(jobs);
    jobs.channels[0] = {.address = 0xc000054321,
                        .closed = true,
                        .length = 1,
                        .capacity = 8,
                        .senders = snapshot::kMaxWaiters};
    const auto other = b_.waits(jobs);
    for (const auto wait : {both, both, other}) {
      Member& member = parked({take}, analyze::kReceive, creator);
      member.stack = 1;
      member.parent_goid = 1;
      member.waits_for = wait;
      member.waiting_since_ns = kDumpTime - wait * kMinute - 1;
    }
  }

  void selecting() {
    const auto loop = b_.location(one("main.(*loop).run", "/src/app/loop.go", 77), 0x2a5);
    WaitsFor many = wait_of(Kind::kChannels);
    for (std::uint64_t i = 0; i < 5; ++i) {
      many.channels.push_back({.address = 0xc000100000 + i * 0x60,
                               .send = i == 1,
                               .timer = i == 0,
                               .capacity = i == 0 ? 1U : 0U,
                               .receivers = 1});
    }
    Member& member = parked({loop}, analyze::kSelect, runtime_main_);
    member.locked = true;
    member.thread = 4711;
    member.parent_goid = 1;
    member.waits_for = b_.waits(many);
    Member& forever = parked({loop}, analyze::kSelect, kNoLocation);
    forever.status = GoStatus::kLeaked;
    forever.waits_for = b_.waits(wait_of(Kind::kNothing));
  }

  // Four readers with a connection each, three to one place, and a listener.
  void of_the_network() {
    const auto read =
        b_.location(one("internal/poll.(*FD).Read", go_ + "internal/poll/fd_unix.go", 165));
    const auto serve = b_.location(one("net/http.(*conn).serve", go_ + "net/http/server.go", 2102));
    const auto stack = b_.stack({park_, read, serve, goexit_}, true);
    const auto creator =
        b_.location(one("net/http.(*Server).Serve", go_ + "net/http/server.go", 3454));
    for (std::int32_t fd = 9; fd < 13; ++fd) {
      const std::string remote = fd == 12 ? "10.0.0.7:443" : "10.0.0.5:5432";
      const auto wait = b_.waits(
          socket_wait(fd, "10.0.0.1:" + std::to_string(52'100 + fd), remote, "ESTABLISHED"));
      b_.parked(stack, analyze::kIoWait, creator).waits_for = wait;
    }
    b_.parked(b_.stack({park_, serve}), analyze::kIoWait, creator).waits_for =
        b_.waits(socket_wait(3, "[::]:8080", "", "LISTEN"));
  }

  void in_a_syscall() {
    const auto read = b_.location(one("syscall.Syscall", go_ + "syscall/syscall_linux.go", 73));
    Member& member = parked({read}, analyze::kZero, runtime_main_);
    member.status = GoStatus::kSyscall;
    member.thread = 4712;
    member.waiting_since_ns = kDumpTime - 2 * kMinute;
    WaitsFor call = wait_of(Kind::kSyscall);
    call.call = "read(fd=7, buf=0xc000010000, count=4096)";
    member.waits_for = b_.waits(call);
  }

  void not_parked() {
    const auto creator = b_.location(one("main.burn\x1b[31m", "/src/app/burn\n.go", 7), 0x15);
    Member& running = b_.parked(snapshot::kNone, analyze::kReceive, creator);
    running.status = GoStatus::kRunning;
    running.thread = 4713;
    running.waiting_since_ns = kDumpTime - 9 * kMinute;
    Member& fresh =
        b_.parked(b_.stack({b_.location(one("main.start.gowrap1", "/src/app/main.go", 18), 0)}),
                  analyze::kZero, creator);
    fresh.status = GoStatus::kRunnable;
    Member& preempted = b_.parked(b_.stack({b_.location(one("0x7f0012345678", "", 0), 0)}),
                                  analyze::kPreemptedReason, creator);
    preempted.status = GoStatus::kPreempted;
  }

  void of_the_runtime() {
    Member& member = parked({b_.location(one("runtime.bgsweep", go_ + "runtime/mgcsweep.go", 300))},
                            analyze::kReceive, runtime_main_);
    member.system = true;
    member.start = b_.location(one("runtime.bgsweep", go_ + "runtime/mgcsweep.go", 270), 0);
  }

  static constexpr std::uint32_t kNoLocation = snapshot::kNone;
  DumpBuilder b_;
  std::string go_ = "/usr/lib/go-1.24/src/";
  std::uint32_t park_ = b_.location(one("runtime.gopark", go_ + "runtime/proc.go", 435), 0xce);
  std::uint32_t goexit_ = b_.location(one("runtime.goexit", go_ + "runtime/asm_amd64.s", 1700), 1);
  std::uint32_t runtime_main_ =
      b_.location(one("runtime.main", go_ + "runtime/proc.go", 283), 0x2b);
};

inline Dump sample_dump() { return SampleDump().dump(); }

inline std::vector<std::uint32_t> all_members(const Dump& dump) {
  analyze::DumpFilter filter;
  filter.system = true;
  return analyze::select_members(dump, filter);
}

inline std::vector<std::uint32_t> user_members(const Dump& dump) {
  return analyze::select_members(dump, {});
}

inline std::vector<analyze::DumpGroup> user_groups(const Dump& dump) {
  return analyze::group_members(dump, user_members(dump));
}

}  // namespace gosnoop::output
