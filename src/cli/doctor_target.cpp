// SPDX-License-Identifier: Apache-2.0
#include "cli/doctor_target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cli/halt.h"
#include "cli/live_target.h"
#include "probe/code_changes.h"
#include "probe/session.h"
#include "probe/site_check.h"
#include "snapshot/table.h"
#include "target/surroundings.h"

namespace gosnoop::cli {
namespace {

using analyze::Check;
using analyze::Jobs;
using plan::ProbePlan;
using State = Check::State;
using target::Surroundings;

Check fine(std::string name, std::string detail) {
  return {std::move(name), State::kOk, std::move(detail), {}, {}, 0, {}};
}

Check warning(std::string name, std::string detail, std::string consequence,
              std::string next_step) {
  return {std::move(name),
          State::kWarn,
          std::move(detail),
          std::move(consequence),
          std::move(next_step),
          0,
          {}};
}

// --- the process ---------------------------------------------------------------------------------

std::string on_disk_text(Surroundings::OnDisk on_disk) {
  switch (on_disk) {
    case Surroundings::OnDisk::kSame:
      return {};
    case Surroundings::OnDisk::kDeleted:
      return ", deleted since: gosnoop reads the one that is mapped";
    case Surroundings::OnDisk::kReplaced:
      return ", replaced on disk since: gosnoop reads the one that is mapped";
  }
  return {};
}

std::string namespace_text(const target::Process& process, const Surroundings& around) {
  std::string text =
      around.other_pid_namespace
          ? fmt::format("another than gosnoop's, pid {} there", process.namespaced().pid)
          : std::string("gosnoop's own");
  return around.container.empty() ? text : text + ", container " + around.container;
}

Check running(const target::Process& process, const Surroundings& around) {
  constexpr const char* kName = "process";
  auto halt = find_halt(process, around);
  if (!halt) return fine(kName, "runs");
  return warning(kName, halt->what, halt->consequence, halt->next_step);
}

void add_process(const target::Process& process, std::vector<Check>& checks) {
  auto around = target::read_surroundings(process);
  checks.push_back(running(process, around));
  checks.push_back(fine("executable", process.exe() + on_disk_text(around.executable)));
  checks.push_back(fine("its pid namespace", namespace_text(process, around)));
}

// --- the program ---------------------------------------------------------------------------------

// The linker takes runtime/cgo's crosscall2 (asm_amd64.s) into every program with cgo.
bool uses_cgo(const gobin::GoBinary& binary) {
  return binary.find_function("crosscall2").has_value();
}

std::string build_text(const gobin::GoBinary& binary) {
  std::vector<std::string> parts;
  parts.push_back(binary.go_version().empty() ? "unknown version" : binary.go_version());
  if (!binary.module_path().empty()) parts.push_back(binary.module_path());
  parts.emplace_back(binary.stripped() ? "stripped" : binary.has_dwarf() ? "DWARF" : "no DWARF");
  if (binary.image().position_independent()) parts.emplace_back("PIE");
  parts.emplace_back(uses_cgo(binary) ? "cgo" : "no cgo");
  parts.emplace_back(binary.image().find_section(".interp") != nullptr ? "dynamic" : "static");
  return fmt::format("{}", fmt::join(parts, ", "));
}

Check offsets(const gobin::GoBinary& binary) {
  using Source = gobin::RuntimeLayout::Source;
  constexpr const char* kName = "struct offsets";
  const auto& layout = binary.layout();
  if (layout.source == Source::kDwarf) return fine(kName, "from the program's DWARF");
  auto table = fmt::format("from the table of Go 1.{}", layout.table_minor);
  if (layout.source == Source::kTable) return fine(kName, table);
  return warning(kName, table + ", the nearest to this version",
                 "they hold where the check against memory below is ok",
                 "a newer gosnoop may have a table of this version");
}

// --- its memory ----------------------------------------------------------------------------------

Result<std::uint64_t> count_goroutines(const snapshot::Table& table) {
  std::uint64_t count = 0;
  TRY(table.read([&count](const std::vector<snapshot::Seen>& batch) -> Result<void> {
    count += batch.size();
    return {};
  }));
  return count;
}

// The number of goroutines that the runtime's table has room for: what a session is sized by.
Result<std::size_t> look_at_table(const LiveTarget& target, std::vector<Check>& checks) {
  TRY_ASSIGN(auto table, snapshot::Table::open(target.process, target.binary));
  TRY(table.check_layout());
  TRY_ASSIGN(auto count, count_goroutines(table));
  checks.push_back(fine("goroutine table", fmt::format("read from memory, {} live goroutines; "
                                                       "the struct offsets fit",
                                                       count)));
  return table.capacity();
}

std::optional<std::size_t> add_table(const LiveTarget& target, std::vector<Check>& checks) {
  auto capacity = look_at_table(target, checks);
  if (capacity) return *capacity;
  checks.push_back(analyze::failed("goroutine table", capacity.error(), analyze::kAllJobs,
                                   "gosnoop would not know the goroutines there are"));
  return std::nullopt;
}

// --- probes --------------------------------------------------------------------------------------

analyze::ProbeSite describe(const plan::Site& site) {
  return {std::string(plan::name_of(site.program)),
          site.event,
          site.function,
          site.in_function,
          site.offset.value,
          site.instruction};
}

// One for each purpose. `jobs`: what fails without.
std::optional<ProbePlan> add_plan(const LiveTarget& target, plan::Purpose purpose, const char* name,
                                  Jobs jobs, std::vector<Check>& checks) {
  auto plan = plan::make_plan(target.binary, purpose);
  if (!plan) {
    checks.push_back(
        analyze::failed(name, plan.error(), jobs, "events would be missed: gosnoop refuses"));
    return std::nullopt;
  }
  checks.push_back(fine(name, fmt::format("{} sites", plan->sites.size())));
  if (!plan->exact_wakes) {
    checks.back() = warning(name, "this build inlined runtime functions (PGO)",
                            "some blocks end only when the goroutine runs, and without their waker",
                            "build without -pgo to see every waker");
    checks.back().affects = jobs;
  }
  return std::move(*plan);
}

std::string places(const gobin::GoBinary& binary, const std::vector<LinkAddress>& addresses) {
  constexpr std::size_t kShown = 3;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < std::min(addresses.size(), kShown); ++i) {
    auto function = binary.function_at(addresses[i]);
    names.push_back(function
                        ? fmt::format("{}+{:#x}", function->name, addresses[i] - function->entry)
                        : fmt::format("{:#x}", addresses[i].value));
  }
  if (addresses.size() > kShown) names.emplace_back("…");
  return fmt::format("{}", fmt::join(names, ", "));
}

Check describe(const probe::CodeChanges& changes, const gobin::GoBinary& binary,
               std::size_t sites) {
  auto detail = fmt::format("as in the file at all {} sites", sites);
  if (!changes.probes.empty()) {
    detail += fmt::format("; {} probes of another tracer, which is fine: {}", changes.probes.size(),
                          places(binary, changes.probes));
  }
  if (changes.others.empty()) return fine("code in memory", detail);
  return warning("code in memory", detail + "; patched at " + places(binary, changes.others),
                 "none for gosnoop: the sites are as they should be", {});
}

Result<Check> compare_code(const LiveTarget& target, const ProbePlan& plan) {
  TRY(probe::check_sites(plan, target.process, target.bias()));
  TRY_ASSIGN(auto changes, probe::find_code_changes(target.process, target.binary));
  return describe(changes, target.binary, plan.sites.size());
}

Result<void> rehearse(const LiveTarget& target, const ProbePlan& plan, std::size_t goroutines) {
  TRY_ASSIGN(auto features, probe::detect_features());
  probe::Options options;
  options.expected_goroutines = goroutines;
  return probe::Session::rehearse(target.process, target.binary, plan, features, options);
}

Check rehearsal(const LiveTarget& target, const ProbePlan& plan, std::size_t goroutines) {
  auto result = rehearse(target, plan, goroutines);
  if (result) return fine("rehearsal", "all is loaded for this process; no probe was set");
  return analyze::failed("rehearsal", result.error(), analyze::kProbes, "no probe can be set");
}

// The sites of `block`, which has those of `leaks` too; those of `leaks` where it has none.
std::optional<ProbePlan> add_plans(const LiveTarget& target, analyze::Diagnosis& diagnosis) {
  auto& checks = diagnosis.target;
  auto lives =
      add_plan(target, plan::Purpose::kLives, "probe sites of leaks", analyze::kLeakProbes, checks);
  auto blocks = add_plan(target, plan::Purpose::kBlocks, "probe sites of block",
                         analyze::kBlockProbes, checks);
  auto& plan = blocks ? blocks : lives;
  if (!plan) return std::nullopt;
  for (const auto& site : plan->sites) diagnosis.sites.push_back(describe(site));
  return std::move(plan);
}

void add_code(const LiveTarget& target, const ProbePlan& plan, std::vector<Check>& checks) {
  auto check = compare_code(target, plan);
  checks.push_back(check ? std::move(*check)
                         : analyze::failed("code in memory", check.error(), analyze::kProbes,
                                           "a probe would break an instruction it does not know"));
}

}  // namespace

void examine(pid_t pid, bool may_probe, analyze::Diagnosis& diagnosis) {
  auto& checks = diagnosis.target;
  auto process = target::Process::open(pid);
  if (!process) {
    checks.push_back(analyze::failed("process", process.error(), analyze::kAllJobs, {}));
    return;
  }
  add_process(*process, checks);
  auto target = open_quietly(pid);
  if (!target) {
    checks.push_back(analyze::failed("Go program", target.error(), analyze::kAllJobs, {}));
    return;
  }
  checks.push_back(fine("Go program", build_text(target->binary)));
  checks.push_back(offsets(target->binary));
  auto goroutines = add_table(*target, checks);
  auto plan = add_plans(*target, diagnosis);
  if (!plan) return;
  add_code(*target, *plan, checks);
  if (goroutines && may_probe) checks.push_back(rehearsal(*target, *plan, *goroutines));
}

}  // namespace gosnoop::cli
