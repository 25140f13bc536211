// SPDX-License-Identifier: Apache-2.0
// What Go's own tracebacks show, by Go version (src/runtime/traceback.go and symtab.go, Go 1.19 to
// 1.27, read for GOTRACEBACK=single, which is what runtime.Stack writes).
#pragma once

#include <string_view>

namespace gosnoop::output {

// 24 of "go1.24.4"; of a version that does not say, that of the newest rules.
int go_minor(std::string_view go_version);

// Is the frame of this function shown? `first`: none was shown before it (showfuncinfo). Wrappers
// are taken to be left out already.
bool shows_function(std::string_view function, bool first, int go_minor);

}  // namespace gosnoop::output
