// SPDX-License-Identifier: Apache-2.0
// runtime.firstmoduledata: where the text and the inline trees are (src/runtime/symtab.go).
#pragma once

#include <optional>

#include "gobin/elf_image.h"
#include "gobin/pclntab.h"

namespace gosnoop::gobin {

struct Moduledata {
  LinkAddress address;
  LinkAddress text;    // what the function table's entries are relative to
  LinkAddress gofunc;  // go:func.*: what inline trees are relative to; zero: not found
};

// The moduledata that names this table; nothing where there is none or its text is not in the file.
// `go_minor` selects the layout; for an unknown one, the layout whose inline trees make sense.
std::optional<Moduledata> find_moduledata(const ElfImage& image, const Pclntab& table,
                                          int go_minor);

}  // namespace gosnoop::gobin
