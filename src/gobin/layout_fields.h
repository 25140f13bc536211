// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gobin/layout.h"

namespace gosnoop::gobin {

// One offset of RuntimeLayout and where DWARF has it.
struct LayoutField {
  std::int32_t& (*in)(RuntimeLayout&);
  std::string_view type;
  std::string_view path;
};

inline constexpr auto kLayoutFields = std::to_array<LayoutField>({
#define FIELD(member, type, path) \
  {[](RuntimeLayout& layout) -> std::int32_t& { return layout.member; }, type, path},
#include "gobin/layout_fields.inc"
#undef FIELD
});

}  // namespace gosnoop::gobin
