// SPDX-License-Identifier: Apache-2.0
#include "snapshot/waits.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace gosnoop::snapshot {
namespace {

using Kind = WaitsFor::Kind;
constexpr std::size_t kWord = sizeof(std::uint64_t);

// runtime2.go, waitReasonStrings, Go 1.19 to 1.27. By name: the numbers differ between versions.
constexpr auto kWaits = std::to_array<std::pair<std::string_view, Wait>>({
    {"chan receive (nil chan)", Wait::kNothing},
    {"chan send (nil chan)", Wait::kNothing},
    {"select (no cases)", Wait::kNothing},
    {"chan receive", Wait::kReceive},
    {"chan send", Wait::kSend},
    {"select", Wait::kSelect},
    {"semacquire", Wait::kSemaphore},
    {"sync.Mutex.Lock", Wait::kSemaphore},
    {"sync.RWMutex.RLock", Wait::kSemaphore},
    {"sync.RWMutex.Lock", Wait::kSemaphore},
    {"sync.WaitGroup.Wait", Wait::kSemaphore},
    {"sync.Cond.Wait", Wait::kCond},
    {"sleep", Wait::kSleep},
    {"IO wait", Wait::kNetwork},
});

// Reasons of goroutines in a testing/synctest bubble are the same with that behind.
std::string_view without_bubble(std::string_view reason) {
  for (std::string_view suffix : {" (synctest)", " (durable)"}) {  // Go 1.24, 1.25
    if (reason.ends_with(suffix)) reason.remove_suffix(suffix.size());
  }
  return reason;
}

Wait wait_by_name(std::string_view reason) {
  for (const auto& [name, wait] : kWaits) {
    if (name == without_bubble(reason)) return wait;
  }
  return Wait::kOther;
}

std::vector<Wait> waits_by_reason(const std::vector<std::string>& reasons) {
  std::vector<Wait> waits;
  waits.reserve(reasons.size());
  for (const auto& reason : reasons) waits.push_back(wait_by_name(reason));
  return waits;
}

bool same_syscall(const Goroutine& a, const Goroutine& b) {
  return a.syscall_pc == b.syscall_pc && a.syscall_sp == b.syscall_sp;
}

}  // namespace

WaitReader::WaitReader(const target::Process& process, const gobin::GoBinary& binary,
                       const target::Memory& memory)
    : binary_(binary),
      memory_(memory),
      sockets_(target::Sockets::read_measured(process.pid())),
      threads_(process.pid(), memory, binary.layout()),
      waits_(waits_by_reason(binary.wait_reasons())),
      channels_(memory, binary.layout()),
      locks_(memory, binary.layout()),
      network_(memory, binary.layout(), sockets_),
      calls_(process, binary, threads_),
      writer_(sockets_) {}

Wait WaitReader::wait_of(const Goroutine& g) const {
  if (g.status == Status::kSyscall) return Wait::kSyscall;
  bool waits = g.status == Status::kWaiting || g.status == Status::kLeaked;
  return waits && g.wait_reason < waits_.size() ? waits_[g.wait_reason] : Wait::kOther;
}

// time.go, timeSleep. From Go 1.23 on the g has the time, before only its timer. A bubble of
// testing/synctest has a clock of its own.
void WaitReader::read_sleeps(WantedBatch batch) const {
  const auto& layout = binary_.layout();
  const auto data = layout.timer.arg + static_cast<std::int32_t>(kWord);  // of an interface
  std::vector<Wanted> sleepers;
  std::vector<std::uint64_t> timers;
  for (const auto& wanted : batch) {
    if (wanted.wait != Wait::kSleep || wanted.g->bubble != 0) continue;
    sleepers.push_back(wanted);
    timers.push_back(layout.g.sleep_when == gobin::kNoField ? wanted.g->timer : 0);
  }
  const Structs read(memory_, timers, static_cast<std::size_t>(data) + kWord);
  for (std::size_t i = 0; i < sleepers.size(); ++i) {
    const auto& [g, wait, waits] = sleepers[i];
    bool own = field(read[i], data) == g->address.value;
    waits->until_ns = own ? field(read[i], layout.timer.when) : g->sleep_when;
    if (waits->until_ns != 0) waits->kind = Kind::kSleep;
  }
}

void WaitReader::read_syscalls(WantedBatch batch) {
  std::vector<Goroutine> goroutines;
  std::vector<WaitsFor*> waits;
  for (const auto& wanted : batch) {
    if (wanted.wait != Wait::kSyscall) continue;
    goroutines.push_back(*wanted.g);
    waits.push_back(wanted.waits);
  }
  const auto calls = calls_.read(goroutines);
  for (std::size_t i = 0; i < waits.size(); ++i) {
    if (!calls[i]) continue;
    waits[i]->kind = Kind::kSyscall;
    waits[i]->call = writer_.write(calls[i]->call);
  }
}

// What was read belongs to the goroutines' waits only if these lasted until now.
void WaitReader::forget_those_that_went_on(WantedBatch batch) const {
  std::vector<Wanted> told;
  std::vector<std::uint64_t> addresses;
  for (const auto& wanted : batch) {
    if (wanted.waits->kind == Kind::kUnknown || wanted.waits->kind == Kind::kNothing) continue;
    told.push_back(wanted);
    addresses.push_back(wanted.g->address.value);
  }
  const auto now = read_goroutines(memory_, binary_.layout(), addresses);
  auto later = now.begin();
  for (const auto& [g, wait, waits] : told) {
    bool same = later != now.end() && later->address == g->address && later->same_wait(*g) &&
                (wait != Wait::kSyscall || same_syscall(*later, *g));
    if (later != now.end() && later->address == g->address) ++later;
    if (!same) *waits = {};
  }
}

std::vector<WaitsFor> WaitReader::read(std::span<const Goroutine> batch) {
  std::vector<WaitsFor> waits(batch.size());
  std::vector<Wanted> wanted(batch.size());
  for (std::size_t i = 0; i < batch.size(); ++i) {
    wanted[i] = {&batch[i], wait_of(batch[i]), &waits[i]};
    if (wanted[i].wait == Wait::kNothing) waits[i].kind = Kind::kNothing;
  }
  channels_.read(wanted);
  locks_.read(wanted);
  network_.read(wanted);
  read_sleeps(wanted);
  read_syscalls(wanted);
  forget_those_that_went_on(wanted);
  return waits;
}

}  // namespace gosnoop::snapshot
