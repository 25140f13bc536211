// SPDX-License-Identifier: Apache-2.0
// The formats of a report by name, and by the names of files.
#include <array>
#include <string_view>
#include <utility>

#include "cli/options.h"

namespace gosnoop::cli {
namespace {

using Named = std::pair<std::string_view, Format>;

constexpr std::array kNames = {
    Named{"text", Format::kText},
    Named{"json", Format::kJson},
    Named{"pprof", Format::kPprof},
    Named{"folded", Format::kFolded},
    Named{"flamegraph", Format::kFlamegraph},
    Named{"perfetto", Format::kPerfetto},
    Named{"html", Format::kHtml},
};

constexpr std::array kEndings = {
    Named{".json", Format::kJson},
    Named{".pb.gz", Format::kPprof},
    Named{".pprof", Format::kPprof},
    Named{".folded", Format::kFolded},
    Named{".flame.html", Format::kFlamegraph},
    Named{".html", Format::kHtml},
    Named{".perfetto-trace", Format::kPerfetto},
    Named{".pftrace", Format::kPerfetto},
};

}  // namespace

std::optional<Format> parse_format(const std::string& text) {
  for (const auto& [name, format] : kNames) {
    if (text == name) return format;
  }
  return std::nullopt;
}

Format format_of(const ReportOptions& options) {
  if (options.asked) return *options.asked;
  for (const auto& [ending, format] : kEndings) {
    if (options.file.ends_with(ending)) return format;
  }
  return Format::kText;
}

}  // namespace gosnoop::cli
