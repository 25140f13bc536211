// SPDX-License-Identifier: Apache-2.0
#include "output/stack_profile.h"

#include "output/json_parts.h"
#include "output/stack_text.h"

namespace gosnoop::output {
namespace {

using analyze::LeakGroup;
using analyze::Report;

const SampleType kGoroutines{"goroutine", "count"};

std::vector<std::pair<std::string, std::string>> labels_of(const LeakGroup& group) {
  std::vector<std::pair<std::string, std::string>> labels = {
      {"verdict", verdict_name(group.verdict)}};
  const Frame* creator = creating_frame(group.created_by);
  if (creator != nullptr) labels.emplace_back("created_by", brief(*creator));
  return labels;
}

// Those that are parked nowhere run, or had no snapshot since they were created.
void add_unparked(StackProfile& profile, const LeakGroup& group) {
  std::uint64_t parked = 0;
  for (const auto& place : group.parked) parked += place.count;
  if (parked >= group.count) return;
  StackSample sample;
  sample.values = {group.count - parked};
  sample.labels = labels_of(group);
  profile.samples.push_back(std::move(sample));
}

}  // namespace

std::uint64_t StackProfile::sum(std::size_t value) const {
  std::uint64_t sum = 0;
  for (const StackSample& sample : samples) sum += sample.values[value];
  return sum;
}

StackProfile waits_profile(const Report& report) {
  StackProfile profile{"Time waited", {{"contentions", "count"}, {"delay", "nanoseconds"}}, 1, {}};
  for (const analyze::Hotspot& hotspot : report.blocking) {
    if (hotspot.episodes == 0) continue;
    StackSample sample;
    sample.stack = hotspot.stack;
    sample.values = {hotspot.episodes, hotspot.total_ns};
    sample.reason = hotspot.wait_reason;
    sample.idle = hotspot.idle;
    profile.samples.push_back(std::move(sample));
  }
  return profile;
}

StackProfile goroutines_profile(const Report& report) {
  StackProfile profile{"Goroutines by where they are", {kGoroutines}, 0, {}};
  for (const LeakGroup& group : report.leaks) {
    for (const analyze::ParkedAt& place : group.parked) {
      StackSample sample;
      sample.stack = place.stack;
      sample.values = {place.count};
      sample.reason = place.wait_reason;
      sample.labels = labels_of(group);
      profile.samples.push_back(std::move(sample));
    }
    add_unparked(profile, group);
  }
  return profile;
}

StackProfile creations_profile(const Report& report) {
  StackProfile profile{"Goroutines by who created them", {kGoroutines}, 0, {}};
  for (const LeakGroup& group : report.leaks) {
    StackSample sample;
    sample.stack = group.created_by;
    sample.values = {group.count};
    sample.called = "go " + group.start_function;
    profile.samples.push_back(std::move(sample));
  }
  return profile;
}

StackProfile syscalls_profile(const Report& report) {
  StackProfile profile{
      "Time in system calls", {{"calls", "count"}, {"time", "nanoseconds"}}, 1, {}};
  for (const analyze::SyscallUse& use : report.syscalls) {
    for (const analyze::SyscallCaller& caller : use.callers) {
      StackSample sample;
      sample.stack = caller.stack;
      sample.values = {caller.count, caller.total_ns};
      sample.called = use.name;
      sample.labels = {{"syscall", use.name}};
      profile.samples.push_back(std::move(sample));
    }
  }
  return profile;
}

StackProfile connections_profile(const Report& report) {
  StackProfile profile{"Connections by who opened them", {{"connections", "count"}}, 0, {}};
  for (const analyze::TcpConnection& connection : report.tcp.connections) {
    if (connection.state == "CLOSE") continue;
    StackSample sample;
    sample.stack = connection.opened_by;
    sample.values = {1};
    sample.called = connection.remote;
    sample.labels = {{"remote", connection.remote}, {"state", connection.state}};
    profile.samples.push_back(std::move(sample));
  }
  return profile;
}

}  // namespace gosnoop::output
