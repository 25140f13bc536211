// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/result.h"

namespace gosnoop::cli {

// Is standard output a terminal whose user wants colours?
bool colored();

// Lets out what was written to standard output. An Error (kIo) where some of it, "the report",
// could not be.
Result<void> flush_output(std::string_view what);

}  // namespace gosnoop::cli
