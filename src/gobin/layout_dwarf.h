// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "gobin/elf_image.h"
#include "gobin/layout.h"

namespace gosnoop::gobin {

bool has_dwarf(const ElfImage& image);

// layout_from_dwarf() of layout.h, for a file that is parsed already.
std::optional<RuntimeLayout> layout_from_dwarf(const ElfImage& image);

}  // namespace gosnoop::gobin
