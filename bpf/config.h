/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What user space tells the BPF programs before they are loaded: constants for the verifier. */
#ifndef GOSNOOP_BPF_CONFIG_H
#define GOSNOOP_BPF_CONFIG_H

#include "events.h"

#ifdef __cplusplus
namespace gosnoop::wire {
#endif

/* A g's stack bounds and saved registers are read in one piece: g.stack and g.sched end before this
 * (g.sched.bp is at 104 at most, runtime2.go of Go 1.19 to 1.27). */
#define G_HEAD_SIZE 112

/* Field offsets of the target's Go version; see gobin/layout.h. */
struct go_layout {
	u32 g_stack_lo;
	u32 g_stack_hi;
	u32 g_m;
	u32 g_sched_sp;
	u32 g_sched_pc;
	u32 g_sched_bp;
	u32 g_atomicstatus;
	u32 g_goid;
	u32 g_waitreason;
	u32 g_parent_goid; /* 0: Go 1.19 has none; read the creator's goid instead */
	u32 g_gopc;
	u32 g_startpc;
	u32 g_waiting;
	u32 g_coroarg;  /* 0: no coroutines */
	u32 g_coroexit; /* 0: no coroutines */
	u32 m_curg;
	u32 sudog_elem;
	u32 sudog_c;
	u32 polldesc_rg;
	u32 polldesc_wg;
	u32 polldesc_self;
	u32 pad;
};

/* Programs whose site is the conditional jump behind the stack check: a hit whose jump is taken is
 * no event, the prologue runs again. One bit a program. */
enum jump_site {
	JUMP_PARK = 1,
	JUMP_READY = 2,
	JUMP_EXIT = 4,
	JUMP_COROSWITCH = 8,
	JUMP_EXECUTE = 16,
};

struct probe_config {
	u64 pidns_dev; /* of the target's pid namespace */
	u64 pidns_ino;
	u64 min_block_ns;
	u64 channel_reasons;   /* bit i: wait reason i has its channel in g.waiting.c */
	u64 semaphore_reasons; /* … waits for a semaphore or notifyList */
	u64 network_reasons;   /* … waits for the network poller */
	u32 tgid;              /* the target's, in its own pid namespace */
	u32 jump_sites;        /* enum jump_site, or-ed */
	u32 elem_in_waiting;   /* g.waiting is set for semaphores too (Go 1.26+, sema.go queue) */
	u32 systemstack_has_frame; /* runtime.systemstack pushes rbp (Go 1.21+, asm_amd64.s) */
	struct go_layout go;
};

/* Keys and values of the maps that user space reads. */

struct totals_key {
	u64 stack; /* hash of the innermost TOTALS_FRAMES; 0: what no other key had room for */
	u64 reason;
};

struct totals {
	u64 count;
	u64 sum_ns;
	u64 max_ns;
	u64 slots[HISTOGRAM_SLOTS];
};

struct totals_stack {
	u64 frames[TOTALS_FRAMES]; /* innermost first; zeros behind the last */
};

struct loss_counts {
	u64 seen;
	u64 delivered;
	u64 dropped;
	u64 filtered;
};

#ifdef __cplusplus
}  // namespace gosnoop::wire
#endif

#endif /* GOSNOOP_BPF_CONFIG_H */
