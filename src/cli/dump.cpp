// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/subcommands.h"

namespace gosnoop::cli {

void add_dump(CLI::App& app, DumpCommand& to) {
  auto* dump = app.add_subcommand(
      "dump", "every goroutine now: where it is, what it waits for, who made it");
  dump->add_flag("--json", to.json, "machine-readable, schema gosnoop.dump/1");
}

Result<int> run(const DumpCommand&) { return fail(ErrorCode::kInternal, "dump: not there yet"); }

}  // namespace gosnoop::cli
