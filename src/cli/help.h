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
    "  The last minute before trouble:   sudo gosnoop record -p PID -o app.gosnoop --ring 60s \\\n"
    "                                      --until goroutines=10000 --until 'wait=5s:sync\\.'\n"
    "  As a page, with flame graphs:     sudo gosnoop leaks -p PID -d 30s -o leaks.html\n"
    "  As a profile, as a timeline:      gosnoop report app.gosnoop --block -o block.pb.gz\n"
    "                                    gosnoop report app.gosnoop -o app.perfetto-trace\n"
    "  From the first goroutine on:      sudo gosnoop run -- ./server -port 8080\n"
    "  What would be probed?             gosnoop leaks -p PID --dry-run\n"
    "  Metrics for Prometheus, a page:   sudo gosnoop serve\n"
    "  Which Go processes are there?     sudo gosnoop ps\n"
    "  Will it work here?                sudo gosnoop doctor -p PID";

inline constexpr std::string_view kServeRecipes =
    "  All Go processes, snapshots alone:  sudo gosnoop serve\n"
    "  One service, exact counts too:      sudo gosnoop serve --match /usr/bin/api --probes\n"
    "  For a Prometheus elsewhere:         sudo gosnoop serve --listen 0.0.0.0:9435\n"
    "  A dump before memory runs out:      sudo gosnoop serve -p PID --dump-at 50000 --dump-dir "
    "/var/tmp\n"
    "  Tell someone:                       sudo gosnoop serve --alert-goroutines 10000 \\\n"
    "                                        --hook 'curl -s --data-binary @- https://alerts/'\n\n"
    "  http://127.0.0.1:9435/ is a page, /metrics what Prometheus scrapes (docs/metrics.md).";

inline constexpr std::string_view kTroubleshooting =
    "Ctrl-C ends the tracing and prints the report so far; the target never notices.\n"
    "Every error says what to do next; exit statuses are in docs/exit-status.md.";

}  // namespace gosnoop::cli
