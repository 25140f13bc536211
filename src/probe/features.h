// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"

namespace gosnoop::probe {

// What this kernel lets us do, found out by trying, never by its version.
struct Features {
  bool btf = false;           // /sys/kernel/btf/vmlinux is there
  bool uprobe_multi = false;  // many uprobes in one link, filtered by process (correct from 6.10)
  std::string lockdown;       // "none", "integrity", "confidentiality"; "" if unknown
};

// Needs root (kNoPermission otherwise).
Result<Features> detect_features();

// An Error where gosnoop cannot work at all: no BTF (kNoBtf), lockdown=confidentiality (kLockdown).
Result<void> check(const Features& features);

}  // namespace gosnoop::probe
