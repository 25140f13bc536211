// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bpf/config.h"

// The generated skeleton speaks of the types of bpf/ by their C names.
using gosnoop::wire::probe_config;
using gosnoop::wire::u32;
using gosnoop::wire::u64;

#include "goroutine.skel.h"
