// SPDX-License-Identifier: Apache-2.0
// The options of subcommands that have a file of their own; each stands beside what it does.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/options.h"

namespace gosnoop::cli {

// Adds the subcommand to `app`; parsing writes into `to`, which must outlive that.
void add_dump(CLI::App& app, DumpCommand& to);
void add_ps(CLI::App& app, PsCommand& to);
void add_doctor(CLI::App& app, DoctorCommand& to);

}  // namespace gosnoop::cli
