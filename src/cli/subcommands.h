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
void add_serve(CLI::App& app, ServeCommand& to);

// What probes are to show beside goroutines, and how: --syscalls, --tcp, --min-block, …
void add_probe_options(CLI::App* app, LiveOptions& live);
// --max-cost; `what` is done where the probes take more.
void add_max_cost(CLI::App* app, LiveOptions& live, const std::string& what);

// Adds --ring and what belongs to it. `to` stays empty where --ring is not given.
void add_flight(CLI::App* app, std::optional<FlightOptions>& to);

}  // namespace gosnoop::cli
