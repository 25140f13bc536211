/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What every uprobe program starts with. */
#ifndef GOSNOOP_BPF_UPROBE_H
#define GOSNOOP_BPF_UPROBE_H

#include "go.bpf.h"

/* Stays empty. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u32);
} no_programs SEC(".maps");

/* Always 0. */
const volatile u32 have_programs = 0;

/* Keeps the frames of the program on the stack of the thread that runs it. Since Linux 6.13 the JIT of
 * x86 puts frames of 64 bytes and more into memory of the CPU (kernel/bpf/verifier.c,
 * bpf_enable_priv_stack), but uprobe programs can be preempted, and nothing keeps another run of the
 * same program off that CPU meanwhile: both would write to one frame. Programs that name a tail call
 * get no such memory. The call is never made: the verifier removes what have_programs rules out. */
static __always_inline void keep_frames_apart(struct pt_regs *regs)
{
	if (have_programs)
		bpf_tail_call(regs, &no_programs, 0);
}

/* Is the thread that hit the probe one of the target's? */
static __always_inline bool is_hit_of_target(struct pt_regs *regs)
{
	keep_frames_apart(regs);
	return is_target();
}

#endif
