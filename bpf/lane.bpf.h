/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A lane is scratch memory and counters that one running program has to itself, so that it needs
 * neither atomic adds nor the 512 bytes of BPF stack. Per-CPU maps alone do not give that: since
 * Linux 6.0 a uprobe program can be preempted (bpf_prog_run_array_uprobe, commit 8c7dcb84e3b7), and
 * another one then runs on the same CPU. */
#ifndef GOSNOOP_BPF_LANE_H
#define GOSNOOP_BPF_LANE_H

#include "go.bpf.h"

/* Takes a lane of this CPU: one that only we count ourselves in. NULL: all are taken, by programs
 * that were preempted halfway. */
static __always_inline struct lane *enter_lane(u32 *index)
{
	u32 first = bpf_get_smp_processor_id() * LANES_PER_CPU;

#pragma unroll
	for (u32 i = 0; i < LANES_PER_CPU; i++) {
		u32 key = first + i;
		struct lane *lane = bpf_map_lookup_elem(&lanes, &key);

		if (!lane)
			return NULL;
		__sync_fetch_and_add(&lane->users, 1);
		if (*(volatile u64 *)&lane->users == 1) {
			*index = key;
			return lane;
		}
		__sync_fetch_and_add(&lane->users, -1);
	}
	return NULL;
}

/* Reads the part of a stack from `sp` on, where most of its frames are, in one go. */
static __always_inline void load_window(struct lane *lane, u64 sp)
{
	lane->window_at = sp;
	if (bpf_probe_read_user(lane->window, sizeof(lane->window), (void *)sp))
		lane->window_at = 0; /* it reaches beyond what is mapped */
}

/* The frame at an address: from the lane's window if it is there, else from memory. */
static __always_inline bool read_frame(struct lane *lane, u64 at, struct frame *frame)
{
	u64 offset = at - lane->window_at;

	if (lane->window_at && offset <= sizeof(lane->window) - sizeof(*frame)) {
		*frame = *(struct frame *)((u8 *)lane->window + offset);
		return true;
	}
	return bpf_probe_read_user(frame, sizeof(*frame), (void *)at) == 0;
}

static __always_inline void leave_lane(struct lane *lane)
{
	__sync_fetch_and_add(&lane->users, -1);
}

#endif
