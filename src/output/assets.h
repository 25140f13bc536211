// SPDX-License-Identifier: Apache-2.0
// The files of output/assets as strings: src/CMakeLists.txt makes them.
#pragma once

namespace gosnoop::output {

extern const char* const kPageCss;
extern const char* const kFlamegraphJs;

}  // namespace gosnoop::output
