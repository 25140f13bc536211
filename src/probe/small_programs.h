// SPDX-License-Identifier: Apache-2.0
// BPF programs of a few instructions, written out: each tries one thing by itself, so that what
// fails is known by its name.
#pragma once

#include <bpf/libbpf.h>

#include "base/fd.h"
#include "base/result.h"

namespace gosnoop::probe {

// A loaded program; where it could not be loaded, -1 and errno is set.

// Returns 0, and does nothing else.
Fd load_empty(bpf_prog_type type, bpf_attach_type attach_type = {});
// Adds one to the first element of an array of u64.
Fd load_counter(int map, bpf_attach_type attach_type);
// Calls bpf_get_ns_current_pid_tgid.
Fd load_pid_in_namespace();

}  // namespace gosnoop::probe
