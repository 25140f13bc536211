// SPDX-License-Identifier: Apache-2.0
#include "probe/configure.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "target/memory.h"

namespace gosnoop::probe {
namespace {

using gobin::kNoField;
using gobin::RuntimeLayout;

// Bit i for each wait reason i that `names` has. Names as in runtime2.go, waitReasonStrings.
std::uint64_t reasons(const std::vector<std::string>& all,
                      std::initializer_list<std::string_view> names) {
  std::uint64_t mask = 0;
  for (std::size_t i = 0; i < all.size() && i < 64; ++i) {
    if (std::find(names.begin(), names.end(), all[i]) != names.end()) mask |= std::uint64_t{1} << i;
  }
  return mask;
}

std::uint32_t optional_field(std::int32_t offset) {
  return offset == kNoField ? 0 : static_cast<std::uint32_t>(offset);
}

// A field that BPF takes from a piece of a g that it read as a whole (bpf/config.h).
struct Reached {
  std::string_view name;
  std::uint32_t offset;
  std::uint32_t size;
  std::uint32_t begin;  // of the piece
  std::uint32_t end;
};

}  // namespace

Result<void> check_reach(const wire::go_layout& go) {
  const Reached fields[] = {
      {"g.stack.lo", go.g_stack_lo, 8, 0, G_SCHED_SIZE},
      {"g.stack.hi", go.g_stack_hi, 8, 0, G_SCHED_SIZE},
      {"g.sched.sp", go.g_sched_sp, 8, 0, G_SCHED_SIZE},
      {"g.sched.pc", go.g_sched_pc, 8, 0, G_SCHED_SIZE},
      {"g.sched.bp", go.g_sched_bp, 8, 0, G_SCHED_SIZE},
      {"g.waitreason", go.g_waitreason, 1, 0, G_HEAD_SIZE},
      {"g.atomicstatus", go.g_atomicstatus, 8, G_NEW_BEGIN, G_NEW_END},
      {"g.goid", go.g_goid, 8, G_NEW_BEGIN, G_NEW_END},
      {"g.parentGoid", go.g_parent_goid, go.g_parent_goid == 0 ? 0u : 8u,
       go.g_parent_goid == 0 ? 0u : G_NEW_BEGIN, G_NEW_END},
      {"g.gopc", go.g_gopc, 8, G_NEW_BEGIN, G_NEW_END},
      {"g.startpc", go.g_startpc, 8, G_NEW_BEGIN, G_NEW_END},
  };
  for (const auto& field : fields) {
    if (field.offset >= field.begin && field.offset + field.size <= field.end) continue;
    return fail(ErrorCode::kUnsupportedGo,
                fmt::format("{} is at offset {} of the target's g, outside the bytes {} to {} that "
                            "gosnoop's probes read",
                            field.name, field.offset, field.begin, field.end),
                "use a newer gosnoop; `gosnoop leaks --no-probes` does without probes");
  }
  return {};
}

namespace {

Result<wire::go_layout> make_layout(const RuntimeLayout& from) {
  wire::go_layout to{};
  std::string missing;
  auto need = [&missing](std::uint32_t& field, std::int32_t offset, std::string_view name) {
    if (offset == kNoField) missing = name;
    field = optional_field(offset);
  };
  need(to.g_stack_lo, from.g.stack_lo, "g.stack.lo");
  need(to.g_stack_hi, from.g.stack_hi, "g.stack.hi");
  need(to.g_m, from.g.m, "g.m");
  need(to.g_sched_sp, from.g.sched_sp, "g.sched.sp");
  need(to.g_sched_pc, from.g.sched_pc, "g.sched.pc");
  need(to.g_sched_bp, from.g.sched_bp, "g.sched.bp");
  need(to.g_atomicstatus, from.g.atomicstatus, "g.atomicstatus");
  need(to.g_goid, from.g.goid, "g.goid");
  need(to.g_waitreason, from.g.waitreason, "g.waitreason");
  need(to.g_gopc, from.g.gopc, "g.gopc");
  need(to.g_startpc, from.g.startpc, "g.startpc");
  need(to.g_waiting, from.g.waiting, "g.waiting");
  need(to.m_curg, from.m.curg, "m.curg");
  need(to.sudog_elem, from.sudog.elem, "sudog.elem");
  need(to.sudog_c, from.sudog.c, "sudog.c");
  need(to.polldesc_self, from.poll_desc.self, "pollDesc.self");
  need(to.polldesc_fd, from.poll_desc.fd, "pollDesc.fd");
  to.g_parent_goid = optional_field(from.g.parent_goid);
  to.g_coroarg = optional_field(from.g.coroarg);
  to.g_coroexit = optional_field(from.g.coroexit);
  if (!missing.empty()) {
    return fail(ErrorCode::kUnsupportedGo, fmt::format("the offset of {} is not known", missing),
                "trace a build with DWARF (without -ldflags=-w), or a newer gosnoop");
  }
  TRY(check_reach(to));
  return to;
}

// Where BPF finds the current g of a thread that runs Go, and which code is Go.
Result<void> find_threads_g(wire::probe_config& config, const target::Process& process,
                            const gobin::GoBinary& binary) {
  auto bias = binary.image().load_bias(process.exe_start());
  auto offset = binary.tls_offset().offset;
  if (binary.tls_offset().kind == gobin::TlsOffset::Kind::kGotSlot) {
    TRY_ASSIGN(auto memory, target::Memory::open(process.pid()));
    RuntimeAddress slot{binary.tls_offset().got_slot.value + bias};
    auto value = memory.value<std::int64_t>(slot);
    if (!value) {
      return fail(
          ErrorCode::kTargetMismatch,
          fmt::format("the offset of g in thread-local storage is not at {:#x}", slot.value),
          "the target may be exiting; run gosnoop again");
    }
    offset = *value;
  }
  config.tls_offset = static_cast<std::uint64_t>(offset);
  config.text_begin = binary.function(0).entry.value + bias;
  config.text_end = binary.function(binary.function_count() - 1).end.value + bias;
  return {};
}

constexpr int kElemInWaiting = 26;  // Go 1.26, sema.go: queue() sets g.waiting

}  // namespace

Result<wire::probe_config> make_config(const target::Process& process,
                                       const gobin::GoBinary& binary, const plan::ProbePlan& plan,
                                       const Options& options) {
  wire::probe_config config{};
  const auto& names = binary.wait_reasons();
  config.pidns_dev = process.namespaced().device;
  config.pidns_ino = process.namespaced().inode;
  config.tgid = static_cast<std::uint32_t>(process.namespaced().pid);
  config.min_block_ns = options.min_block_ns;
  config.channel_reasons = reasons(names, {"chan receive", "chan send", "select"});
  config.semaphore_reasons =
      reasons(names, {"semacquire", "sync.Mutex.Lock", "sync.RWMutex.RLock", "sync.RWMutex.Lock",
                      "sync.WaitGroup.Wait", "sync.Cond.Wait"});
  config.network_reasons = reasons(names, {"IO wait"});
  auto coroutine = std::find(names.begin(), names.end(), "coroutine");
  config.coroutine_reason = static_cast<std::uint32_t>(coroutine - names.begin());
  config.elem_in_waiting = binary.go_minor() >= kElemInWaiting;
  config.systemstack_has_frame = plan.systemstack_has_frame;
  config.blocks = plan.purpose == plan::Purpose::kBlocks || plan.purpose == plan::Purpose::kAll;
  config.lives = plan.purpose == plan::Purpose::kLives || plan.purpose == plan::Purpose::kAll;
  config.calls = options.syscalls;
  config.min_syscall_ns = options.min_syscall_ns;
  if (options.syscalls || options.tcp) TRY(find_threads_g(config, process, binary));
  TRY_ASSIGN(config.go, make_layout(binary.layout()));
  return config;
}

Result<wire::probe_config> make_trial_config() {
  constexpr int kGo = 24;  // has all the fields
  wire::probe_config config{};
  config.blocks = 1;
  config.lives = 1;
  config.systemstack_has_frame = 1;
  TRY_ASSIGN(config.go, make_layout(gobin::layout_from_table(kGo)));
  return config;
}

}  // namespace gosnoop::probe
