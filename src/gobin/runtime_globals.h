// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gobin/elf_image.h"
#include "gobin/go_binary.h"
#include "gobin/x86_code.h"

namespace gosnoop::gobin {

// Decoded from the machine code of runtime.allgadd, with runtime.forEachGRace (may be empty) as a
// second source. What is not found, or is not inside a writable segment, stays zero.
RuntimeGlobals find_runtime_globals(const ElfImage& image, const Code& allgadd,
                                    const Code& for_each_g_race);

}  // namespace gosnoop::gobin
