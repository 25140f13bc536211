// SPDX-License-Identifier: Apache-2.0
#include "probe/session.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <atomic>
#include <cerrno>
#include <utility>

#include "probe/call_tables.h"
#include "probe/configure.h"
#include "probe/connections.h"
#include "probe/cost_meter.h"
#include "probe/handles.h"
#include "probe/libbpf_log.h"
#include "probe/links.h"
#include "probe/load.h"
#include "probe/site_check.h"
#include "probe/tables.h"

namespace gosnoop::probe {

namespace {
// Records that one drain() hands over at most.
constexpr int kMostAtOnce = 50'000;

// The pid namespace that the kernel starts with (include/linux/proc_ns.h, PROC_PID_INIT_INO).
constexpr ino_t kFirstPidNamespace = 0xEFFFFFFC;

// The target's tgid as the kernel knows it, so that BPF programs need not ask whose thread passes
// by; 0 where gosnoop itself sees other numbers.
std::uint32_t kernel_tgid(const target::Process& process) {
  struct stat info {};
  if (::stat("/proc/self/ns/pid", &info) != 0 || info.st_ino != kFirstPidNamespace) return 0;
  return static_cast<std::uint32_t>(process.pid());
}

}  // namespace

// Declared in this order so that destruction goes the other way: probes off first, memory last.
struct Session::Impl {
  Skeleton skeleton;
  Tables tables;
  Ring ring;
  std::optional<Links> links;
  Link exec_link;
  std::optional<CallTables> calls;
  bool same_tids = false;      // the kernel's are those that gosnoop sees
  Link enter_link, exit_link;  // of system calls
  std::optional<Connections> connections;
  std::optional<CallCost> call_cost;  // until `cost` has it
  std::optional<CostMeter> cost;
  RecordSink* sink = nullptr;  // during drain()
  Error error;                 // the sink's, during drain()
  int drained = 0;             // records, during drain()

  // ring_buffer_sample_fn; a negative result ends ring_buffer__consume.
  static int on_record(void* context, void* data, std::size_t) {
    auto& impl = *static_cast<Impl*>(context);
    auto size = static_cast<const wire::wire_header*>(data)->size;
    auto result = impl.sink->on_record(Bytes(static_cast<const std::byte*>(data), size));
    if (result) return ++impl.drained < kMostAtOnce ? 0 : -ECANCELED;
    impl.error = result.error();
    return -EIO;
  }
};

Session::Session(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

// Everything up to the first probe. `uprobe_multi`: how the programs will be attached.
Result<std::unique_ptr<Session::Impl>> Session::prepare(const target::Process& process,
                                                        const gobin::GoBinary& binary,
                                                        const plan::ProbePlan& plan,
                                                        const Options& options, bool uprobe_multi) {
  TRY_ASSIGN(auto config, make_config(process, binary, plan, options));
  auto impl = std::make_unique<Impl>();
  TRY_ASSIGN(impl->skeleton, load(config, plan, options, uprobe_multi));
  impl->skeleton->bss->known_tgid = kernel_tgid(process);
  impl->same_tids = impl->skeleton->bss->known_tgid != 0;
  TRY_ASSIGN(impl->tables, Tables::open(*impl->skeleton));
  LibbpfLog log;
  impl->ring.reset(ring_buffer__new(bpf_map__fd(impl->skeleton->maps.ring), Impl::on_record,
                                    impl.get(), nullptr));
  if (!impl->ring) return fail(log.error("map the ring buffer", errno));
  const auto& programs = impl->skeleton->progs;
  TRY_ASSIGN(impl->exec_link, attach_tracepoint(programs.on_exec, "sched_process_exec"));
  if (options.syscalls) {
    TRY_ASSIGN(impl->calls, CallTables::open(*impl->skeleton));
    TRY_ASSIGN(impl->call_cost, CallCost::open(*impl->skeleton));
    TRY_ASSIGN(impl->exit_link, attach_tracepoint(programs.on_sys_exit, "sys_exit"));
    TRY_ASSIGN(impl->enter_link, attach_tracepoint(programs.on_sys_enter, "sys_enter"));
    impl->call_cost->attached();
  }
  if (options.tcp) {
    TRY_ASSIGN(impl->connections, Connections::attach(*impl->skeleton, process));
  }
  TRY(check_sites(plan, process, binary.image().load_bias(process.exe_start())));
  return impl;
}

Result<std::unique_ptr<Session::Impl>> Session::attach_all(
    const target::Process& process, const std::string& file, const gobin::GoBinary& binary,
    const plan::ProbePlan& plan, const Features& features, const Options& options) {
  bool uprobe_multi = features.uprobe_multi && options.allow_uprobe_multi;
  TRY_ASSIGN(auto impl, prepare(process, binary, plan, options, uprobe_multi));
  impl->cost.emplace(*impl->skeleton, std::exchange(impl->call_cost, {}), options.max_cost);
  if (options.must_measure_cost) TRY(impl->cost->check());
  TRY_ASSIGN(impl->links, Links::attach(*impl->skeleton, plan, process, file, uprobe_multi));
  return impl;
}

Result<Session> Session::attach(const target::Process& process, const std::string& file,
                                const gobin::GoBinary& binary, const plan::ProbePlan& plan,
                                const Features& features, const Options& options) {
  TRY(check(features));
  auto impl = attach_all(process, file, binary, plan, features, options);
  TRY(process.check_same_program());  // before whatever failed because it ended
  if (!impl) return fail(std::move(impl).error());
  return Session(std::move(*impl));
}

Result<void> Session::rehearse(const target::Process& process, const gobin::GoBinary& binary,
                               const plan::ProbePlan& plan, const Features& features,
                               const Options& options) {
  TRY(check(features));
  bool uprobe_multi = features.uprobe_multi && options.allow_uprobe_multi;
  TRY(prepare(process, binary, plan, options, uprobe_multi));
  return {};
}

void Session::activate() { std::atomic_ref(impl_->skeleton->bss->active).store(1); }

void Session::deactivate() { std::atomic_ref(impl_->skeleton->bss->active).store(0); }

void Session::detach() {
  impl_->cost->stop();
  impl_->enter_link.reset();
  impl_->exit_link.reset();
  if (impl_->connections) impl_->connections->detach();
  impl_->links.reset();
}

Result<bool> Session::drain(RecordSink& sink) {
  impl_->sink = &sink;
  impl_->drained = 0;
  int count = ring_buffer__consume(impl_->ring.get());
  impl_->sink = nullptr;
  if (count == -ECANCELED) return true;
  if (count == -EIO) return fail(std::move(impl_->error));
  if (count < 0) {
    return fail(ErrorCode::kKernel, fmt::format("read the ring buffer: error {}", -count),
                "please report this with the output of `uname -r`", -count);
  }
  return false;
}

Result<void> Session::send_totals(RecordSink& sink) {
  TRY(impl_->tables.send_block_totals(sink));
  if (impl_->calls) TRY(impl_->calls->send_totals(sink));
  if (impl_->connections) TRY(impl_->connections->send_totals(sink));
  TRY(impl_->cost->send(sink));
  return impl_->tables.send_losses(sink);
}

void Session::measure_cost() { impl_->cost->tick(); }

Result<void> Session::can_measure_cost() const { return impl_->cost->check_statistics(); }

bool Session::too_costly() const { return impl_->cost->too_costly(); }

void Session::forget_sent() {
  impl_->tables.forget_sent();
  if (impl_->connections) impl_->connections->tell_all();
}

std::uint64_t Session::lost_lives() const {
  return impl_->tables.dropped(wire::LOSS_CREATE) + impl_->tables.dropped(wire::LOSS_EXIT);
}

Result<void> Session::send_calls_in_flight(RecordSink& sink) const {
  return impl_->calls ? impl_->calls->send_in_flight(sink) : Result<void>{};
}

bool Session::has_called(pid_t tid) const {
  bool known = impl_->calls && impl_->same_tids;
  return !known || impl_->calls->has_called(static_cast<wire::u64>(tid));
}

Result<void> Session::find_older_connections() {
  return impl_->connections ? impl_->connections->find_older() : Result<void>{};
}

Result<void> Session::send_connections(RecordSink& sink) {
  if (!impl_->connections) return {};
  auto live = impl_->connections->look();
  TRY(impl_->connections->tell_changed(live, sink));
  for (bool more = true; more;) {
    TRY_ASSIGN(more, drain(sink));
  }
  return impl_->connections->tell_gone(std::move(live), sink);
}

std::uint64_t Session::parked_since(RuntimeAddress g) const {
  return impl_->tables.parked_since(g);
}

bool Session::target_execed() const {
  return std::atomic_ref(impl_->skeleton->bss->target_execed_ns).load() != 0;
}

}  // namespace gosnoop::probe
