// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_host.h"

#include <gtest/gtest.h>
#include <linux/capability.h>

namespace gosnoop::cli {
namespace {

using analyze::Check;
using probe::Trial;
using enum Trial::Outcome;
using State = Check::State;

constexpr std::uint64_t kAllCapabilities = ~std::uint64_t{0};

constexpr std::uint64_t bit(unsigned capability) { return std::uint64_t{1} << capability; }

HostFacts healthy() {
  HostFacts facts;
  facts.host.kernel = "6.12.43-amd64";
  facts.host.capabilities = kAllCapabilities;
  facts.host.tracefs = true;
  auto& trials = facts.trials;
  for (auto* trial : {&trials.btf, &trials.loading, &trials.ring_buffer, &trials.pid_namespaces,
                      &trials.exec_tracepoint, &trials.perf_uprobe, &trials.uprobe_multi,
                      &trials.programs, &trials.syscalls, &trials.tcp, &trials.cost}) {
    trial->outcome = kWorks;
  }
  return facts;
}

HostFacts unprivileged() {
  auto facts = healthy();
  facts.host.uid = 65534;
  facts.host.capabilities = 0;
  auto& trials = facts.trials;
  for (auto* trial :
       {&trials.loading, &trials.ring_buffer, &trials.pid_namespaces, &trials.exec_tracepoint,
        &trials.perf_uprobe, &trials.uprobe_multi, &trials.programs}) {
    *trial = {kNotAllowed, "load a BPF program: Operation not permitted"};
  }
  return facts;
}

// A failed test where there is no such check.
Check find(const std::vector<Check>& checks, std::string_view name) {
  for (const auto& check : checks) {
    if (check.name == name) return check;
  }
  ADD_FAILURE() << "no check named " << name;
  return {};
}

int exit_status(const HostFacts& facts) {
  return analyze::conclude({std::nullopt, judge(facts, false), {}, {}}).exit_status;
}

std::vector<std::string> fails(const HostFacts& facts) {
  return analyze::conclude({std::nullopt, judge(facts, false), {}, {}}).fails;
}

void expect_explained(const std::vector<Check>& checks) {
  for (const auto& check : checks) {
    EXPECT_FALSE(check.detail.empty()) << check.name;
    if (check.state != State::kFail) continue;
    EXPECT_FALSE(check.consequence.empty()) << check.name;
    EXPECT_FALSE(check.next_step.empty()) << check.name;
    EXPECT_NE(check.code, ErrorCode::kInternal) << check.name;
  }
}

TEST(DoctorHost, HealthyIsOkThroughout) {
  for (const auto& check : judge(healthy(), false))
    EXPECT_EQ(check.state, State::kOk) << check.name;
  EXPECT_EQ(exit_status(healthy()), 0);
}

TEST(DoctorHost, NoRights) {
  auto facts = unprivileged();
  auto checks = judge(facts, false);
  expect_explained(checks);
  auto rights = find(checks, "rights");
  EXPECT_EQ(rights.state, State::kFail);
  EXPECT_EQ(rights.detail, "user 65534 without CAP_BPF and CAP_PERFMON");
  EXPECT_NE(rights.next_step.find("sudo"), std::string::npos);
  EXPECT_EQ(find(checks, "ring buffer").state, State::kNotTried) << "says nothing of the kernel";
  EXPECT_EQ(find(checks, "memory").state, State::kWarn);
  EXPECT_EQ(exit_status(facts), 6);
}

TEST(DoctorHost, OnlyCapBpfIsMissing) {
  auto facts = unprivileged();
  facts.host.capabilities = bit(CAP_PERFMON) | bit(CAP_SYS_PTRACE);
  EXPECT_EQ(find(judge(facts, false), "rights").detail, "user 65534 without CAP_BPF");
  EXPECT_EQ(exit_status(facts), 6);
}

TEST(DoctorHost, RootInAContainer) {
  auto facts = unprivileged();
  facts.host.uid = 0;
  facts.host.own_pid_namespace = true;
  auto checks = judge(facts, false);
  EXPECT_NE(find(checks, "rights").next_step.find("--privileged"), std::string::npos);
  EXPECT_EQ(find(checks, "pid namespace").state, State::kWarn);
}

TEST(DoctorHost, RootOfAUserNamespace) {
  auto facts = unprivileged();
  facts.host.uid = 0;
  facts.host.capabilities = kAllCapabilities;
  facts.host.own_user_namespace = true;
  EXPECT_NE(find(judge(facts, false), "rights").detail.find("user namespace"), std::string::npos);
}

TEST(DoctorHost, CapabilitiesWithoutRootWillDo) {
  auto facts = healthy();
  facts.host.uid = 1000;
  facts.host.capabilities = bit(CAP_BPF) | bit(CAP_PERFMON) | bit(CAP_SYS_PTRACE);
  EXPECT_EQ(find(judge(facts, false), "memory").state, State::kWarn) << "/proc/PID/mem is 0600";
  facts.host.capabilities |= bit(CAP_DAC_READ_SEARCH);
  EXPECT_EQ(find(judge(facts, false), "memory").state, State::kOk);
  EXPECT_EQ(exit_status(facts), 0);
}

TEST(DoctorHost, NoBtf) {
  auto facts = healthy();
  facts.trials.btf = {kNotSupported, "/sys/kernel/btf/vmlinux: No such file or directory"};
  expect_explained(judge(facts, false));
  EXPECT_EQ(exit_status(facts), 7);
  EXPECT_EQ(fails(facts), (std::vector<std::string>{"leaks", "block", "trace", "record", "run"}));
}

TEST(DoctorHost, WhatIsNotTheMainJobDecidesNothing) {
  auto facts = healthy();
  facts.trials.syscalls = {kNotSupported, "attach sys_exit: No such file or directory"};
  facts.trials.tcp = {kNotSupported, "attach on_connect_return: No such file or directory"};
  for (const char* name : {"system calls", "TCP connections"}) {
    auto check = find(judge(facts, false), name);
    EXPECT_EQ(check.state, State::kWarn) << name;
    EXPECT_NE(check.consequence.find("will not work"), std::string::npos) << name;
    EXPECT_FALSE(check.next_step.empty()) << name;
  }
  EXPECT_EQ(exit_status(facts), 0);
  EXPECT_TRUE(fails(facts).empty());
}

TEST(DoctorHost, CostIsForTheAdministrator) {
  auto facts = healthy();
  facts.trials.cost = {kNotAllowed,
                       "switch the statistics of BPF programs on: Operation not permitted"};
  auto check = find(judge(facts, false), "cost of the probes");
  EXPECT_EQ(check.state, State::kWarn);
  EXPECT_NE(check.consequence.find("not shown"), std::string::npos);
  EXPECT_EQ(check.next_step, "run gosnoop as root, or add the capability SYS_ADMIN");
  EXPECT_EQ(exit_status(facts), 0);
}

TEST(DoctorHost, TcpNeedsTracefs) {
  auto facts = healthy();
  facts.trials.tcp = {kNotSupported, "attach on_connect_return: No such file or directory"};
  facts.host.tracefs = false;
  auto check = find(judge(facts, false), "TCP connections");
  EXPECT_EQ(check.next_step, "mount -t tracefs tracefs /sys/kernel/tracing");
}

TEST(DoctorHost, Lockdown) {
  auto facts = healthy();
  facts.trials.lockdown = "integrity";
  EXPECT_EQ(exit_status(facts), 0);
  facts.trials.lockdown = "confidentiality";
  expect_explained(judge(facts, false));
  EXPECT_EQ(exit_status(facts), 8);
}

TEST(DoctorHost, KernelTooOld) {
  auto facts = healthy();
  facts.trials.ring_buffer = {kNotSupported, "create a ring buffer: Invalid argument"};
  auto checks = judge(facts, false);
  expect_explained(checks);
  EXPECT_EQ(find(checks, "ring buffer").detail, "create a ring buffer: Invalid argument");
  EXPECT_EQ(exit_status(facts), 11);
}

TEST(DoctorHost, LockedMemoryLimit) {
  auto facts = healthy();
  facts.host.locked_memory = 65536;
  facts.trials.ring_buffer = {kNotAllowed, "create a ring buffer: Operation not permitted"};
  auto check = find(judge(facts, false), "ring buffer");
  EXPECT_NE(check.detail.find("RLIMIT_MEMLOCK is 65536"), std::string::npos) << check.detail;
  EXPECT_NE(check.next_step.find("ulimit -l"), std::string::npos) << check.next_step;
}

TEST(DoctorHost, OneWayToSetUprobesIsEnough) {
  auto facts = healthy();
  facts.trials.uprobe_multi = {kNotSupported, "load a program for uprobe_multi: Invalid argument"};
  auto checks = judge(facts, false);
  EXPECT_EQ(find(checks, "uprobe_multi").state, State::kWarn);
  EXPECT_EQ(find(checks, "uprobe_multi").detail.find("not there: slower detach"), 0u);
  EXPECT_EQ(exit_status(facts), 0);
  facts.trials.perf_uprobe = {kNotSupported, "the kernel has no uprobe events"};
  expect_explained(judge(facts, false));
  EXPECT_EQ(exit_status(facts), 11);
  facts.trials.uprobe_multi = {kWorks, {}};
  EXPECT_EQ(exit_status(facts), 0);
}

TEST(DoctorHost, PerfEventParanoidIsNamedWhereItMatters) {
  auto facts = healthy();
  facts.host.perf_event_paranoid = 3;
  facts.trials.uprobe_multi = {kNotSupported, "x"};
  facts.trials.perf_uprobe = {kNotAllowed, "perf_event_open: Permission denied"};
  EXPECT_EQ(find(judge(facts, false), "uprobe, one by one").detail,
            "perf_event_open: Permission denied (kernel.perf_event_paranoid is 3)");
  EXPECT_EQ(exit_status(facts), 6);
}

TEST(DoctorHost, YamaForbidsAllReading) {
  auto facts = healthy();
  facts.host.ptrace_scope = 3;
  EXPECT_EQ(exit_status(facts), 6);
  EXPECT_EQ(find(judge(facts, true), "memory").state, State::kWarn) << "with a pid it is tried";
  facts.host.ptrace_scope = 2;
  EXPECT_EQ(exit_status(facts), 0) << "CAP_SYS_PTRACE is enough";
}

}  // namespace
}  // namespace gosnoop::cli
