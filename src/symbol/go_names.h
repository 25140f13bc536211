// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace gosnoop::symbol {

// A function as the Go runtime prints it: type arguments as "[...]" (symtab.go, funcNameForPrint).
std::string name_for_print(std::string_view function);

}  // namespace gosnoop::symbol
