// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "gobin/elf_image.h"

namespace gosnoop::gobin {

// A small ELF file with nothing but the debug sections that describe types, still compressed where
// they were. libdw decompresses every debug section it is given, and libelf writes to the headers
// of those it decompressed: neither the line tables nor a read-only mapping are for it. Empty where
// the image has no such sections.
std::vector<std::byte> copy_type_sections(const ElfImage& image);

}  // namespace gosnoop::gobin
