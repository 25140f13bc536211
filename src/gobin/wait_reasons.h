// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "gobin/elf_image.h"
#include "gobin/x86_code.h"

namespace gosnoop::gobin {

// runtime.waitReasonStrings of the binary, from the code of runtime.waitReason.String that indexes
// it. Numbers change even in patch releases, so what the binary says wins. Empty where not found.
std::vector<std::string> read_wait_reasons(const ElfImage& image, const Code& string_method);

// The generated table's, of the version or the nearest known one.
std::vector<std::string> wait_reasons_from_table(int go_minor);

}  // namespace gosnoop::gobin
