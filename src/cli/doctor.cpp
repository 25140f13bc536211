// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/subcommands.h"

namespace gosnoop::cli {

void add_doctor(CLI::App& app, DoctorCommand& to) {
  auto* doctor = app.add_subcommand("doctor", "what this kernel and a target allow");
  doctor->add_flag("--json", to.json, "machine-readable, schema gosnoop.doctor/1");
}

Result<int> run(const DoctorCommand&) {
  return fail(ErrorCode::kInternal, "doctor: not there yet");
}

}  // namespace gosnoop::cli
