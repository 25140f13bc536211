// SPDX-License-Identifier: Apache-2.0
#include "probe/own_uprobe.h"

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <sstream>

#include "base/file.h"
#include "probe/handles.h"
#include "probe/libbpf_log.h"
#include "probe/quickest.h"
#include "probe/small_programs.h"

// What the uprobes are set on: begins as most of our sites do.
asm(R"(
  .text
  .type gosnoop_uprobe_trial, @function
gosnoop_uprobe_trial:
  push %rbp
  mov %rsp, %rbp
  pop %rbp
  ret
  .size gosnoop_uprobe_trial, . - gosnoop_uprobe_trial
)");
extern "C" void gosnoop_uprobe_trial();

namespace gosnoop::probe {
namespace {

constexpr const char* kOwnExe = "/proc/self/exe";

// Where the function is in gosnoop's file; 0: not found.
std::uint64_t own_offset() {
  auto maps = read_text_file("/proc/self/maps");
  if (!maps) return 0;
  auto address = reinterpret_cast<std::uint64_t>(&gosnoop_uprobe_trial);
  std::istringstream lines(*maps);
  for (std::string line; std::getline(lines, line);) {
    unsigned long long start = 0, end = 0, offset = 0;
    int fields = std::sscanf(line.c_str(), "%llx-%llx %*s %llx", &start, &end, &offset);
    if (fields == 3 && start <= address && address < end) return address - start + offset;
  }
  return 0;
}

// An array of one u64.
class Counter {
 public:
  Counter() {
    map_ = Fd(bpf_map_create(BPF_MAP_TYPE_ARRAY, "gosnoop_trial", sizeof(std::uint32_t),
                             sizeof(std::uint64_t), 1, nullptr));
  }
  int map() const { return map_.get(); }
  std::uint64_t value() const {
    std::uint32_t key = 0;
    std::uint64_t value = 0;
    bpf_map_lookup_elem(map_.get(), &key, &value);
    return value;
  }

 private:
  Fd map_;
};

// The type of uprobes among perf events, which is the kernel's to choose.
std::optional<std::uint32_t> uprobe_type() {
  auto text = read_text_file("/sys/bus/event_source/devices/uprobe/type");
  if (!text) return std::nullopt;
  return static_cast<std::uint32_t>(std::strtoul(text->c_str(), nullptr, 10));
}

Fd open_perf_uprobe(std::uint32_t type) {
  perf_event_attr attributes{};
  attributes.size = sizeof(attributes);
  attributes.type = type;
  attributes.config1 = reinterpret_cast<std::uint64_t>(kOwnExe);
  attributes.config2 = own_offset();
  return Fd(static_cast<int>(
      ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC)));
}

Trial count_a_call(const Counter& counter) {
  gosnoop_uprobe_trial();
  if (counter.value() == 1) return {Trial::Outcome::kWorks, {}};
  return {Trial::Outcome::kNotSupported, "the uprobe was set, but a call did not run its program"};
}

double time_of_a_call() { return quickest_ns(10, gosnoop_uprobe_trial); }

// Where it works, `event` holds the uprobe from then on.
Trial set_perf_uprobe(const Fd& program, Fd& event) {
  auto type = uprobe_type();
  if (!type) return {Trial::Outcome::kNotSupported, "the kernel has no uprobe events"};
  event = open_perf_uprobe(*type);
  if (!event) return tried("perf_event_open", errno);
  if (::ioctl(event.get(), PERF_EVENT_IOC_SET_BPF, program.get()) != 0) {
    return tried("give a perf event a BPF program", errno);
  }
  return tried("enable it", ::ioctl(event.get(), PERF_EVENT_IOC_ENABLE, 0) == 0 ? 0 : errno);
}

Fd link_own_function(const Fd& program) {
  unsigned long offset = own_offset();
  LIBBPF_OPTS(bpf_link_create_opts, options);
  options.uprobe_multi.path = kOwnExe;
  options.uprobe_multi.offsets = &offset;
  options.uprobe_multi.cnt = 1;
  options.uprobe_multi.pid = static_cast<__u32>(::getpid());
  return Fd(bpf_link_create(program.get(), -1, kTraceUprobeMulti, &options));
}

}  // namespace

Trial try_perf_uprobe() {
  LibbpfLog quiet;
  Counter counter;
  Fd program = load_counter(counter.map(), {});
  if (!program) return tried_loading("load a program for a uprobe", errno);
  Fd event;
  Trial set = set_perf_uprobe(program, event);
  return set.works() ? count_a_call(counter) : set;
}

Trial try_own_uprobe_multi() {
  LibbpfLog quiet;
  Counter counter;
  Fd program = load_counter(counter.map(), kTraceUprobeMulti);
  if (!program) return tried_loading("load a program for uprobe_multi", errno);
  Fd link = link_own_function(program);
  if (!link) return tried("link a uprobe_multi", errno);
  return count_a_call(counter);
}

std::uint64_t measure_trap_ns() {
  Fd program = load_empty(BPF_PROG_TYPE_KPROBE);
  if (!program) return 0;
  const double without = time_of_a_call();
  Fd probe;
  if (!set_perf_uprobe(program, probe).works()) return 0;
  return static_cast<std::uint64_t>(std::max(0.0, time_of_a_call() - without));
}

}  // namespace gosnoop::probe
