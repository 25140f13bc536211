// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <iterator>
#include <span>
#include <string_view>

#include "gobin/layout_fields.h"
#include "gobin/wait_reasons.h"

namespace gosnoop::gobin {
namespace {

constexpr std::int32_t kNone = kNoField;
#include "gobin/layout_table.inc"

static_assert(std::size(kTableOffsets) == kLayoutFields.size(),
              "run scripts/generate-layouts: layout_fields.inc has changed");

// The older one where two are equally near. A field of Go 1.20, of which there is no toolchain in
// Debian, is thus looked up as in 1.19; the check on live data decides.
std::size_t nearest_version(int go_minor) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < std::size(kTableMinors); i++) {
    if (std::abs(kTableMinors[i] - go_minor) < std::abs(kTableMinors[best] - go_minor)) best = i;
  }
  return best;
}

}  // namespace

RuntimeLayout layout_from_table(int go_minor) {
  const auto version = nearest_version(go_minor);
  RuntimeLayout layout;
  layout.table_minor = kTableMinors[version];
  layout.source = layout.table_minor == go_minor ? RuntimeLayout::Source::kTable
                                                 : RuntimeLayout::Source::kNearestTable;
  for (std::size_t i = 0; i < kLayoutFields.size(); i++) {
    kLayoutFields[i].in(layout) = kTableOffsets[i][version];
  }
  return layout;
}

std::vector<std::string> wait_reasons_from_table(int go_minor) {
  const auto& reasons = kTableWaitReasons[nearest_version(go_minor)];
  return {reasons.begin(), reasons.end()};
}

}  // namespace gosnoop::gobin
