// SPDX-License-Identifier: Apache-2.0
#include "output/flamegraph.h"

#include <fmt/ostream.h>

#include <sstream>

#include "output/header_text.h"
#include "output/html_parts.h"

namespace gosnoop::output {

void write_flamegraph(std::ostream& out, const analyze::Report& report,
                      const std::vector<StackProfile>& profiles) {
  std::ostringstream header;
  write_header(header, report, {});
  write_page_begin(out, fmt::format("gosnoop: {}", report.target.exe));
  fmt::print(out, "<pre>{}</pre>\n", html_text(header.str()));
  for (const StackProfile& profile : profiles) write_flame_section(out, profile);
  write_page_end(out);
}

}  // namespace gosnoop::output
