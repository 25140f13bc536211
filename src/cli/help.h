// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace gosnoop::cli {

inline constexpr std::string_view kPurpose =
    "gosnoop: goroutine leaks and blocking of running, unmodified Go programs, by eBPF.";

inline constexpr std::string_view kRecipes =
    "  What goes on, live?               sudo gosnoop top -p PID        (or --all)\n"
    "  Where is every goroutine now?     sudo gosnoop dump -p PID\n"
    "  Which line leaks goroutines?      sudo gosnoop leaks -p PID -d 30s\n"
    "  The same at no cost, less exact:  gosnoop leaks -p PID -d 30s --no-probes\n"
    "  Where do they wait, who wakes?    sudo gosnoop block -p PID -d 10s\n"
    "  What happens, line by line?       sudo gosnoop trace -p PID --min-block 10ms\n"
    "  Which calls are slow, and where?  sudo gosnoop syscalls -p PID -d 10s\n"
    "  Which connections leak or fail?   sudo gosnoop tcp -p PID -d 10s\n"
    "  Capture here, look elsewhere:     sudo gosnoop record -p PID -d 60s -o app.gosnoop\n"
    "                                    gosnoop report app.gosnoop\n"
    "  From the first goroutine on:      sudo gosnoop run -- ./server -port 8080\n"
    "  What would be probed?             gosnoop leaks -p PID --dry-run\n"
    "  Which Go processes are there?     sudo gosnoop ps\n"
    "  Will it work here?                sudo gosnoop doctor -p PID";

inline constexpr std::string_view kTroubleshooting =
    "Ctrl-C ends the tracing and prints the report so far; the target never notices.\n"
    "Every error says what to do next; exit statuses are in docs/exit-status.md.";

}  // namespace gosnoop::cli
