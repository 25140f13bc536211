// SPDX-License-Identifier: Apache-2.0
#include "analyze/pipeline.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "analyze/blocking.h"
#include "analyze/count_series.h"
#include "analyze/goroutines.h"
#include "analyze/leaks.h"
#include "analyze/names.h"
#include "analyze/syscalls.h"
#include "analyze/tcp.h"

namespace gosnoop::analyze {
namespace {

constexpr std::array<const char*, 6> kLossNames = {"create", "block",   "exit",
                                                   "stack",  "syscall", "tcp"};

void add(LossCount& to, const event::Loss& loss) {
  to.seen += loss.seen;
  to.delivered += loss.delivered;
  to.dropped += loss.dropped;
  to.filtered += loss.filtered;
}

// What growth is counted by. A lost block or stack takes nothing away from that.
std::uint64_t lost_lives(const Losses& losses) {
  std::uint64_t sum = 0;
  for (const auto& [key, loss] : losses) {
    bool counts = key.first == event::LossKind::kCreate || key.first == event::LossKind::kExit;
    if (counts) sum += loss.dropped;
  }
  return sum;
}

// What is known of the connections that goroutines wait for.
void join_peers(std::vector<Hotspot>& hotspots, const Tcp& tcp) {
  std::unordered_map<std::string, std::pair<std::uint64_t, std::uint64_t>> known;
  for (const auto& connection : tcp.connections) {
    if (!connection.measured) continue;
    auto& [srtt, retransmits] = known[connection.remote];
    srtt = std::max(srtt, connection.srtt_us);
    retransmits += connection.retransmits;
  }
  for (auto& hotspot : hotspots) {
    for (auto& waits : hotspot.peers) {
      auto peer = known.find(waits.peer);
      if (peer == known.end()) continue;
      waits.srtt_us = peer->second.first;
      waits.retransmits = peer->second.second;
    }
  }
}

}  // namespace

std::vector<LossCount> by_kind(const Losses& losses) {
  std::vector<LossCount> counts;
  for (const auto& [key, loss] : losses) {
    const char* kind = kLossNames[static_cast<std::size_t>(key.first)];
    if (counts.empty() || counts.back().kind != kind) counts.push_back({.kind = kind});
    add(counts.back(), loss);
  }
  return counts;
}

struct Pipeline::Impl {
  explicit Impl(Options wanted) : options(wanted) {}

  void on(const event::GoCreate& e) {
    tell(e, ledger);
    note_count();
  }
  void on(const event::GoExit& e) {
    tell(e, ledger);
    note_count();
  }
  void on(const event::SnapshotBegin& e) { tell(e, ledger); }
  void on(const event::GoState& e) { tell(e, ledger); }
  void on(const event::SnapshotEnd& e) {
    tell(e, ledger);
    counts_over_time.add(now, ledger.now());
  }
  void on(const event::Goids& e) { tell(e, ledger); }
  void on(const event::GoBlock& e) {
    tell(e, ledger);
    blocking.on(e);
  }
  void on(const event::Stack& e) { symbols.on(e); }
  void on(const event::Symbol& e) { symbols.on(e); }
  void on(const event::BlockTotals& e) { blocking.on(e); }
  void on(const event::Syscall& e) { syscalls.on(e); }
  void on(const event::SyscallName& e) { syscalls.on(e); }
  void on(const event::SyscallTotals& e) { syscalls.on(e); }
  void on(const event::SyscallErrors& e) { syscalls.on(e); }
  void on(const event::SyscallGoroutines& e) { syscalls.on(e); }
  void on(const event::TcpConnection& e) { tell(e, tcp); }
  void on(const event::TcpTotals& e) { tcp.on(e); }
  void on(const event::SocketsMade& e) { tcp.on(e); }
  void on(const event::WaitSocket& e) { blocking.on(e); }
  void on(const event::GoSocket& e) { tell(e, ledger); }
  void on(const event::Loss& e) { losses[{e.what, e.cpu}] = e; }
  void on(const event::ProbeCost& e) { probe_cost = e; }
  void on(const event::Target& e) {
    target = e;
    ledger.on(e);
  }
  void on(const event::WindowStart& e) {
    start = e;
    advance(e.time);
  }
  void on(const event::WindowEnd& e) {
    end = e;
    advance(e.time);
  }

  template <typename Timed, typename Consumer>
  void tell(const Timed& e, Consumer& to) {
    advance(e.time);
    to.on(e);
  }

  // Before the first snapshot it is not known how many there were.
  void note_count() {
    if (ledger.snapshots() > 0) counts_over_time.add(now, ledger.now());
  }

  void advance(event::TimeNs time) {
    if (first == 0) first = time;
    now = std::max(now, time);
  }

  // A recording that lost its start begins with its first event.
  event::TimeNs started() const { return start ? start->time : first; }
  Conditions conditions() const;
  Window window() const;
  GoroutineCounts counts() const;
  std::vector<StateCount> states(const Names& names) const;
  void count_by_goids(GoroutineCounts& counts) const;

  Options options;
  symbol::Symbols symbols;
  Ledger ledger{symbols};
  CountSeries counts_over_time;
  Blocking blocking;
  Syscalls syscalls;
  TcpLedger tcp;
  event::Target target;
  std::optional<event::WindowStart> start;
  std::optional<event::WindowEnd> end;
  Losses losses;
  event::ProbeCost probe_cost;
  event::TimeNs first = 0;
  event::TimeNs now = 0;  // the latest time any event had
};

Conditions Pipeline::Impl::conditions() const {
  Conditions conditions{started(), now, lost_lives(losses)};
  if (!target.lives) conditions.snapshots = ledger.snapshots();
  return conditions;
}

Window Pipeline::Impl::window() const {
  Window window;
  event::TimeNs until = end ? end->time : now;
  window.start_wall_clock_ns = start ? start->wall_clock_ns : 0;
  window.seconds = until > started() ? static_cast<double>(until - started()) / 1e9 : 0;
  window.snapshots = ledger.snapshots();
  window.ended = end.has_value();
  if (end) window.end_reason = end->reason;
  return window;
}

GoroutineCounts Pipeline::Impl::counts() const {
  GoroutineCounts counts;
  ledger.goroutines().for_each(
      [&](const Goroutine& g) { ++(g.system ? counts.system : counts.now); });
  counts.at_start = ledger.at_start();
  counts.created = ledger.created();
  counts.exited = ledger.exited();
  counts.unreadable = ledger.unreadable();
  counts.exact = target.lives && lost_lives(losses) == 0;
  if (!target.lives) count_by_goids(counts);
  return counts;
}

std::vector<StateCount> Pipeline::Impl::states(const Names& names) const {
  std::vector<StateCount> states;
  for (const auto& [state, count] : ledger.states()) {
    auto [status, reason] = state;
    bool waits = status == event::GoStatus::kWaiting || status == event::GoStatus::kLeaked;
    auto name = waits ? names.wait_reason({.reason = reason}) : std::string();
    states.push_back({status, std::move(name), count});
  }
  std::stable_sort(states.begin(), states.end(),
                   [](const StateCount& a, const StateCount& b) { return a.count > b.count; });
  return states;
}

// Snapshots alone miss who came and went between two of them; the runtime's own count does not.
void Pipeline::Impl::count_by_goids(GoroutineCounts& counts) const {
  auto created = ledger.created_by_goids();
  if (!created) return;
  counts.exact = true;
  counts.created = std::max(counts.created, *created);
  std::uint64_t all = counts.at_start + counts.created;
  counts.exited = all - std::min(counts.now, all);
}

Pipeline::Pipeline(Options options) : impl_(std::make_unique<Impl>(options)) {}
Pipeline::Pipeline(Pipeline&&) noexcept = default;
Pipeline& Pipeline::operator=(Pipeline&&) noexcept = default;
Pipeline::~Pipeline() = default;

void Pipeline::on(const event::Event& event) {
  std::visit([this](const auto& e) { impl_->on(e); }, event);
}

GoroutineCounts Pipeline::goroutines() const { return impl_->counts(); }

MemberList Pipeline::members_of(const LeakGroup& group, std::size_t most) const {
  Names names(impl_->symbols, impl_->target);
  return analyze::members_of(group, impl_->ledger, names, impl_->conditions(), most);
}

MemberList Pipeline::waiting_at(const Hotspot& hotspot, std::size_t most) const {
  Names names(impl_->symbols, impl_->target);
  return analyze::waiting_at(hotspot, impl_->ledger, names, impl_->conditions(), most);
}

Report Pipeline::report() const {
  Report report;
  report.target = impl_->target;
  report.window = impl_->window();
  report.losses = by_kind(impl_->losses);
  report.probe_cost = impl_->probe_cost;
  report.goroutines = impl_->counts();
  Names names(impl_->symbols, impl_->target);
  report.states = impl_->states(names);
  Conditions conditions = impl_->conditions();
  const Options& options = impl_->options;
  report.goroutines_over_time = impl_->counts_over_time.points(impl_->started());
  Leaks leaks =
      find_leaks(impl_->ledger, names, conditions, options.all_groups, options.empty_groups);
  report.leaks = std::move(leaks.groups);
  report.crowd = std::move(leaks.crowd);
  report.blocking =
      impl_->blocking.hotspots(impl_->ledger, names, conditions, options.system_waits);
  report.syscalls = impl_->syscalls.uses(names);
  report.syscalls_now = impl_->syscalls.now(names);
  report.tcp = impl_->tcp.report(names, impl_->started(), impl_->now);
  join_peers(report.blocking, report.tcp);
  return report;
}

}  // namespace gosnoop::analyze
