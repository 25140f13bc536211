/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* A lane is scratch memory and counters that one running program has to itself, so that it needs
 * neither atomic adds nor the 512 bytes of BPF stack. Per-CPU maps alone do not give that: since
 * Linux 6.0 a uprobe program can be preempted (bpf_prog_run_array_uprobe, commit 8c7dcb84e3b7), and
 * another one then runs on the same CPU. */
#ifndef GOSNOOP_BPF_LANE_H
#define GOSNOOP_BPF_LANE_H

#include "go.bpf.h"

/* Lanes that are tried: this CPU's and, where programs that were preempted have those, the next one's. */
#define LANES_TRIED (2 * LANES_PER_CPU)

/* Takes a lane: one that only we count ourselves in. NULL: all that were tried are taken. */
static __always_inline struct lane *enter_lane(u32 *index)
{
	u32 key = bpf_get_smp_processor_id() * LANES_PER_CPU;

	for (int i = 0; i < LANES_TRIED; i++) {
		struct lane *lane = bpf_map_lookup_elem(&lanes, &key);

		if (!lane)
			return NULL;
		__sync_fetch_and_add(&lane->users, 1);
		if (*(volatile u64 *)&lane->users == 1) {
			*index = key;
			return lane;
		}
		__sync_fetch_and_add(&lane->users, -1);
		key = key + 1 < config.no_lane ? key + 1 : 0;
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

/* A lane to read the frames from `sp` on with: one with an empty window where none is free. */
static __always_inline struct lane *enter_lane_at(u64 sp, u32 *index)
{
	struct lane *lane = enter_lane(index);

	if (lane) {
		load_window(lane, sp);
		return lane;
	}
	*index = config.no_lane;
	return bpf_map_lookup_elem(&lanes, index);
}

static __always_inline void leave_lane_at(struct lane *lane, u32 index)
{
	if (index != config.no_lane)
		leave_lane(lane);
}

#endif
