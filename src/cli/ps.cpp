// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/subcommands.h"

namespace gosnoop::cli {

void add_ps(CLI::App& app, PsCommand& to) {
  auto* ps = app.add_subcommand("ps", "the Go processes of this machine");
  ps->add_flag("--json", to.json, "machine-readable, schema gosnoop.ps/1");
}

Result<int> run(const PsCommand&) { return fail(ErrorCode::kInternal, "ps: not there yet"); }

}  // namespace gosnoop::cli
