// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/result.h"
#include "probe/trial.h"

namespace gosnoop::probe {

// What this kernel lets us do, found out by trying, never by its version: as much of it as
// attaching needs to know. probe/trials.h tries the rest too.
struct Features {
  bool btf = false;           // /sys/kernel/btf/vmlinux is there
  bool uprobe_multi = false;  // many uprobes in one link, filtered by process (correct from 6.10)
  std::string lockdown;       // "none", "integrity", "confidentiality"; "" if unknown
};

// An Error (kNoPermission) where gosnoop may not load BPF programs for uprobes.
Result<Features> detect_features();

// An Error where gosnoop cannot work at all: no BTF (kNoBtf), lockdown=confidentiality (kLockdown).
Result<void> check(const Features& features);

// Its parts.
Trial try_btf();
Trial try_loading();  // a BPF program of the type uprobes have
Trial try_uprobe_multi();
std::string read_lockdown();

}  // namespace gosnoop::probe
