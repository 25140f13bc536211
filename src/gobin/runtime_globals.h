// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gobin/elf_image.h"
#include "gobin/go_binary.h"
#include "gobin/x86_code.h"

namespace gosnoop::gobin {

// The machine code of functions of the runtime that use its globals; one may be empty.
struct RuntimeCode {
  Code allgadd = {};
  Code for_each_g_race = {};
  Code preemptall = {};
  Code newproc1 = {};
};

// Decoded from that code. What is not found, or is not inside a writable segment, stays zero.
RuntimeGlobals find_runtime_globals(const ElfImage& image, const RuntimeCode& code);

}  // namespace gosnoop::gobin
