// SPDX-License-Identifier: Apache-2.0
// What `go build` wrote about itself into the executable (src/debug/buildinfo/buildinfo.go).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gobin/elf_image.h"

namespace gosnoop::gobin {

inline constexpr int kUnknownMinor = 999;  // a development version: newer than every known one

struct BuildInfo {
  std::string go_version;  // "go1.24.4", "" where the linker left none
  int go_minor = kUnknownMinor;
  std::string module_path;  // of the main package, or ""
};

// Nothing where there is no build info: not Go, or its blob was removed.
std::optional<BuildInfo> find_build_info(const ElfImage& image);

// Is this a Go program at all? From its headers, and only where it has no section headers also from
// its data: some µs for a program that is none.
bool looks_like_go(Bytes file);

// 24 for "go1.24.4", "go1.24-20250101-RC00 cl/1", "devel go1.24-abcdef"; else kUnknownMinor.
int parse_go_minor(std::string_view version);

}  // namespace gosnoop::gobin
