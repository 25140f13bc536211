// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "plan/find_site.h"
#include "plan/instructions.h"

namespace gosnoop::plan {
namespace {

using gobin::GoBinary;

enum class Where { kEntry, kReturn };

// One event, one place in the runtime that cannot be passed by. The functions are handed to mcall
// as values, or are too large to inline, so that a probe sees every call (checked in make_plan).
struct Wanted {
  Program program;
  Where where;
  std::string_view function;
  std::string_view event;
};

constexpr std::array kWanted{
    Wanted{Program::kCreate, Where::kReturn, "runtime.newproc1", "a goroutine was created"},
    Wanted{Program::kExit, Where::kEntry, "runtime.goexit0", "a goroutine ends"},
    Wanted{Program::kPark, Where::kEntry, "runtime.park_m", "a goroutine blocks"},
    Wanted{Program::kReady, Where::kEntry, "runtime.ready", "a goroutine or timer wakes another"},
};

constexpr std::string_view kCoroswitch = "runtime.coroswitch_m";  // coro.go, Go 1.22+

// Wakes that do not pass runtime.ready are calls of casgstatus. These functions call it too, but
// their wakes are seen at their own sites.
constexpr std::array<std::string_view, 2> kSeenElsewhere{"runtime.ready", kCoroswitch};

// Functions that change a status, but never from waiting to runnable (proc.go, Go 1.19 to 1.27):
// a copy of casgstatus that PGO inlined there hides no wake.
constexpr std::array<std::string_view, 12> kNoWakes{
    "runtime.execute",        "runtime.newproc1",     "runtime.goexit0",     "runtime.gdestroy",
    "runtime.goschedImpl",    "runtime.goyield_m",    "runtime.exitsyscall", "runtime.exitsyscall0",
    "runtime.reentersyscall", "runtime.oneNewExtraM", "runtime.ready",       kCoroswitch};

bool is_wanted(Program program, Purpose purpose, bool creates) {
  if (program == Program::kCreate) return creates;
  const bool is_life = program == Program::kExit;
  return purpose != (is_life ? Purpose::kBlocks : Purpose::kLives);
}

Result<Site> find(const GoBinary& binary, const Wanted& wanted) {
  auto site = wanted.where == Where::kEntry ? entry_site(binary, wanted.function)
                                            : return_site(binary, wanted.function);
  if (!site) return site;
  site->program = wanted.program;
  site->event = wanted.event;
  return site;
}

// newproc (proc.go) calls newproc1 in a function literal, into which PGO may inline it.
constexpr std::string_view kNewprocLiteral = "runtime.newproc.func1";

bool is_create_in_newproc(const GoBinary::InlinedCopy& copy) {
  return copy.callee == "runtime.newproc1" && copy.into == kNewprocLiteral;
}

// There the new goroutine is seen where it is put on the run queue: runqput(p, g, next).
Result<void> add_inlined_creates(const GoBinary& binary, ProbePlan& plan) {
  constexpr std::array<std::string_view, 1> names{"runtime.newproc1"};
  auto copies = binary.inlined_copies(names);
  if (std::none_of(copies.begin(), copies.end(), is_create_in_newproc)) return {};
  TRY_ASSIGN(auto site, call_site(binary, kNewprocLiteral, "runtime.runqput"));
  site.program = Program::kCreateQueued;
  site.event = "a goroutine was created (this build inlined newproc1)";
  plan.sites.push_back(std::move(site));
  return {};
}

// Refuses a build that inlined a function whose events have no other site.
Result<void> check_not_inlined(const GoBinary& binary) {
  std::array<std::string_view, kWanted.size()> names;
  std::transform(kWanted.begin(), kWanted.end(), names.begin(),
                 [](const Wanted& wanted) { return wanted.function; });
  for (const auto& copy : binary.inlined_copies(names)) {
    if (copy.callee == "runtime.ready") continue;  // execute stands in for it
    if (is_create_in_newproc(copy)) continue;      // has another site: add_inlined_creates
    return fail(
        ErrorCode::kUnsupportedGo,
        fmt::format("{} was inlined into {}: its events would be missed", copy.callee, copy.into),
        "build the target without -pgo, or with another profile");
  }
  return {};
}

// park_m (proc.go) changes the status twice, and only a park that is called off is a wake: a copy
// inlined there is the other one while that call is still there.
bool calls_off_visibly(const std::vector<Site>& wakes) {
  return std::any_of(wakes.begin(), wakes.end(),
                     [](const Site& site) { return site.function == "runtime.park_m"; });
}

// Did the compiler inline what shows a wake, so that a probe on it would miss some?
bool hides_wakes(const GoBinary& binary, const std::vector<Site>& wakes) {
  constexpr std::array<std::string_view, 2> names{"runtime.ready", "runtime.casgstatus"};
  auto copies = binary.inlined_copies(names);
  return std::any_of(copies.begin(), copies.end(), [&wakes](const auto& copy) {
    if (copy.into == "runtime.park_m" && calls_off_visibly(wakes)) return false;
    return copy.callee == "runtime.ready" ||
           std::find(kNoWakes.begin(), kNoWakes.end(), copy.into) == kNoWakes.end();
  });
}

Result<void> add_other_wakes(const GoBinary& binary, ProbePlan& plan) {
  auto sites = wake_calls(binary, kSeenElsewhere);
  plan.exact_wakes = !sites.empty() && !hides_wakes(binary, sites);
  for (auto& site : sites) {
    site.program = Program::kStatusChange;
    site.event = "the network poller or the runtime wakes a goroutine";
    plan.sites.push_back(std::move(site));
  }
  if (plan.exact_wakes) return {};
  TRY_ASSIGN(auto site, entry_site(binary, "runtime.execute"));
  site.program = Program::kExecute;
  site.event = "a goroutine runs: ends a block whose wake this build hides";
  plan.sites.push_back(std::move(site));
  return {};
}

Result<void> add_coroutines(const GoBinary& binary, ProbePlan& plan) {
  if (!binary.find_function(kCoroswitch)) return {};
  TRY_ASSIGN(auto site, entry_site(binary, kCoroswitch));
  site.program = Program::kCoroswitch;
  site.event = "a coroutine hands over: one blocks or ends, another runs";
  plan.sites.push_back(std::move(site));
  return {};
}

bool systemstack_has_frame(const GoBinary& binary) {
  auto function = binary.find_function("runtime.systemstack");
  if (!function) return false;
  auto first = disassemble(binary.code(*function), function->entry, 1);
  return !first.empty() && first[0].kind == Instruction::Kind::kPushRbp;
}

}  // namespace

Result<ProbePlan> make_plan(const GoBinary& binary, Purpose purpose) {
  ProbePlan plan;
  plan.purpose = purpose;
  if (purpose == Purpose::kNone) return plan;
  // A coroutine begins as parked, so there its creation has to be seen.
  const bool creates = purpose != Purpose::kBlocks || binary.find_function(kCoroswitch);
  TRY(check_not_inlined(binary));
  for (const auto& wanted : kWanted) {
    if (!is_wanted(wanted.program, purpose, creates)) continue;
    TRY_ASSIGN(auto site, find(binary, wanted));
    plan.sites.push_back(std::move(site));
  }
  if (creates) TRY(add_inlined_creates(binary, plan));
  if (purpose != Purpose::kLives) TRY(add_other_wakes(binary, plan));
  TRY(add_coroutines(binary, plan));
  plan.systemstack_has_frame = systemstack_has_frame(binary);
  return plan;
}

}  // namespace gosnoop::plan
