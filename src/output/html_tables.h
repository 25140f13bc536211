// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <ostream>

#include "analyze/report.h"

namespace gosnoop::output {

// The tables of the HTML page; nothing where there is nothing to list, or it was not watched. The
// stacks of a row open on a click.
void write_leak_table(std::ostream& out, const analyze::Report& report, std::size_t top);
void write_hotspot_table(std::ostream& out, const analyze::Report& report, std::size_t top);
void write_syscall_html(std::ostream& out, const analyze::Report& report, std::size_t top);
void write_connection_table(std::ostream& out, const analyze::Report& report, std::size_t top);
void write_loss_table(std::ostream& out, const analyze::Report& report);

}  // namespace gosnoop::output
