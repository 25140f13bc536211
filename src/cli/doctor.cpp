// SPDX-License-Identifier: Apache-2.0
#include <iostream>

#include "cli/commands.h"
#include "cli/doctor_host.h"
#include "cli/doctor_target.h"
#include "cli/subcommands.h"
#include "cli/terminal.h"
#include "output/doctor_json.h"
#include "output/doctor_text.h"

namespace gosnoop::cli {
namespace {

analyze::Diagnosis diagnose(const std::optional<int>& pid) {
  analyze::Diagnosis diagnosis;
  diagnosis.pid = pid;
  diagnosis.host = judge(gather_host_facts(), pid.has_value());
  bool may_probe = conclude(diagnosis).exit_status == 0;
  if (pid) examine(*pid, may_probe, diagnosis);
  return diagnosis;
}

}  // namespace

void add_doctor(CLI::App& app, DoctorCommand& to) {
  auto* doctor =
      app.add_subcommand("doctor", "will it work here, and on this process? If not, why");
  doctor->add_option("-p,--pid", to.pid, "a process to look at too; it is only read")
      ->check(CLI::PositiveNumber)
      ->type_name("PID");
  doctor->add_flag("--json", to.json, "machine-readable, schema gosnoop.doctor/1");
}

Result<int> run(const DoctorCommand& command) {
  auto diagnosis = diagnose(command.pid);
  if (command.json) {
    output::write_doctor_json(std::cout, diagnosis);
  } else {
    output::write_doctor(std::cout, diagnosis, colored());
  }
  TRY(flush_output("the diagnosis"));
  return conclude(diagnosis).exit_status;
}

}  // namespace gosnoop::cli
