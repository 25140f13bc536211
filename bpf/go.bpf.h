/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Go's runtime structs, read from the target. R14 holds the current g in all Go code of
 * ABIInternal (Go 1.17+, abi-internal.md); at our sites that is the thread's g0. */
#ifndef GOSNOOP_BPF_GO_H
#define GOSNOOP_BPF_GO_H

#include "maps.bpf.h"

/* runtime2.go, _Gwaiting and _Grunnable: the same in all versions. */
#define G_RUNNABLE 1
#define G_WAITING 4

static __always_inline u64 read_u64(u64 address)
{
	u64 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (void *)address);
	return value;
}

static __always_inline u8 read_u8(u64 address)
{
	u8 value = 0;

	bpf_probe_read_user(&value, sizeof(value), (void *)address);
	return value;
}

/* What a frame pointer points at. */
struct frame {
	u64 caller_bp;
	u64 return_pc;
};

/* g.stack and g.sched: one read instead of five. */
struct g_sched {
	u64 words[G_SCHED_SIZE / 8];
};

static __always_inline bool read_g_sched(u64 g, struct g_sched *sched)
{
	return bpf_probe_read_user(sched, sizeof(*sched), (void *)g) == 0;
}

#define G_HEAD(head, field) (*(u64 *)((u8 *)(head) + config.go.g_##field))
#define G_REASON(head) (((u8 *)(head))[config.go.g_waitreason])

/* The goroutine on whose behalf g0 runs: m.curg; 0 in the scheduler itself. */
static __always_inline u64 current_goroutine(u64 g0)
{
	u64 m = read_u64(g0 + config.go.g_m);

	return m ? read_u64(m + config.go.m_curg) : 0;
}

/* By the pid namespace that the target is in: right in any namespace, but three times as slow. */
static __noinline bool is_target_by_namespace(void)
{
	struct bpf_pidns_info ids = {};

	if (bpf_get_ns_current_pid_tgid(config.pidns_dev, config.pidns_ino, &ids, sizeof(ids)))
		return false;
	return ids.tgid == config.tgid;
}

/* Is the thread one of the target's? Threads of a vforked child share its memory, not its tgid.
 * `tid`: as the kernel knows it. */
static __always_inline bool is_target_thread(u32 *tid)
{
	u64 ids = bpf_get_current_pid_tgid();
	u32 tgid = ids >> 32;

	*tid = ids;
	if (!active)
		return false;
	if (known_tgid)
		return tgid == known_tgid;
	if (!is_target_by_namespace())
		return false;
	known_tgid = tgid;
	return true;
}

static __always_inline bool is_target(void)
{
	u32 tid;

	return is_target_thread(&tid);
}

/* At a conditional jump behind a stack check (cmp; jbe): is the jump taken, to morestack? Carry or
 * zero flag (Intel SDM, Jcc: JBE). The function then starts over and hits the site again. */
static __always_inline bool grows_stack(struct pt_regs *regs)
{
	return regs->eflags & 0x41;
}

#endif
