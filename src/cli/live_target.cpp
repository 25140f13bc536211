// SPDX-License-Identifier: Apache-2.0
#include "cli/live_target.h"

#include <fmt/format.h>

#include <iostream>

#include "cli/halt.h"

namespace gosnoop::cli {

Result<void> check_version(const gobin::GoBinary& binary) {
  constexpr int kOldestGo = 19;
  if (binary.go_minor() >= kOldestGo) return {};
  return fail(ErrorCode::kUnsupportedGo,
              fmt::format("built by {}: older than Go 1.19", binary.go_version()),
              "rebuild it with Go 1.19 or newer");
}

Result<LiveTarget> open_quietly(pid_t pid) {
  TRY_ASSIGN(auto process, target::Process::open(pid));
  auto file = MappedFile::open(process.exe_link(), FileKind::kProgram);
  if (!file) return fail(target::proc_error(pid, process.exe_link(), file.error().os_error));
  auto binary = gobin::GoBinary::parse(file->bytes());
  if (!binary) return fail(std::move(binary).error().in(process.exe()));
  TRY(check_version(*binary));
  return LiveTarget{std::move(process), std::move(*file), std::move(*binary)};
}

Result<LiveTarget> open_target(pid_t pid) {
  auto target = open_quietly(pid);
  if (!target) return target;
  const auto note = halt_note(target->process);
  if (!note.empty()) std::cerr << "gosnoop: " << note << '\n';
  return target;
}

Result<plan::ProbePlan> plan_probes(const LiveTarget& target, plan::Purpose purpose) {
  auto plan = plan::make_plan(target.binary, purpose);
  if (!plan) return fail(std::move(plan).error().in(target.process.exe()));
  return plan;
}

event::Target describe(const LiveTarget& target, const LiveOptions& options) {
  event::Target event;
  event.pid = target.process.pid();
  event.exe = target.process.exe();
  event.go_version = target.binary.go_version();
  event.module = target.binary.module_path();
  event.build_id = target.binary.build_id();
  event.stripped = target.binary.stripped();
  event.min_block_ns = options.min_block_ns;
  event.probes = options.probes;
  event.lives = options.probes && (options.purpose == plan::Purpose::kLives ||
                                   options.purpose == plan::Purpose::kAll);
  event.wait_reasons = target.binary.wait_reasons();
  return event;
}

}  // namespace gosnoop::cli
