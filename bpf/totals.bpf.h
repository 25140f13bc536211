/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What all blocks took, by wait reason and innermost frames: a small table a lane, so that adding to
 * it is a few plain stores. User space sums the lanes up. */
#ifndef GOSNOOP_BPF_TOTALS_H
#define GOSNOOP_BPF_TOTALS_H

#include "stack.bpf.h"

/* floor(log2(ns)) + 1, capped: see HISTOGRAM_SLOTS. */
static __always_inline u32 histogram_slot(u64 ns)
{
	u32 slot = 0;

	/* clang-format off */
	if (ns >> 32) { slot += 32; ns >>= 32; }
	if (ns >> 16) { slot += 16; ns >>= 16; }
	if (ns >> 8) { slot += 8; ns >>= 8; }
	if (ns >> 4) { slot += 4; ns >>= 4; }
	if (ns >> 2) { slot += 2; ns >>= 2; }
	if (ns >> 1) { slot += 1; ns >>= 1; }
	/* clang-format on */
	slot += ns;
	return slot < HISTOGRAM_SLOTS ? slot : HISTOGRAM_SLOTS - 1;
}

/* The innermost frames of the goroutine whose head the lane holds, and their hash. The very first,
 * g.sched.pc, is left out where there are others: it only says that the goroutine parks (gopark). */
static __always_inline u64 innermost(struct lane *lane, u64 *frames)
{
	u64 lo = G_HEAD(&lane->head, stack_lo), hi = G_HEAD(&lane->head, stack_hi);
	u64 bp = G_HEAD(&lane->head, sched_bp);
	u64 hash = WIRE_HASH_SEED;

	load_window(lane, G_HEAD(&lane->head, sched_sp));
#pragma unroll
	for (int i = 0; i < TOTALS_FRAMES; i++) {
		u64 pc = step(lane, &bp, &lo, hi);

		if (!pc && i == 0)
			pc = G_HEAD(&lane->head, sched_pc);
		if (!pc)
			break;
		if (frames)
			frames[i] = pc;
		hash = wire_hash(hash, pc);
	}
	return hash;
}

/* The semaphore or notifyList that a goroutine waits for: in g.waiting from Go 1.26 on (sema.go,
 * queue), and only until it is woken. */
static __always_inline u64 semaphore_of(u64 g, u64 reason)
{
	u64 sudog;

	if (!config.elem_in_waiting || !((1ull << (reason & 63)) & config.semaphore_reasons))
		return 0;
	sudog = read_u64(g + config.go.g_waiting);
	return sudog ? read_u64(sudog + config.go.sudog_elem) : 0;
}

/* Notes where and why a goroutine parks, while its stack is still in the cache. */
static __always_inline void note_place(struct parked *parked, u64 g)
{
	struct lane *lane;
	u32 index;

	parked->stack = 0;
	parked->object = 0;
	lane = enter_lane(&index);
	if (!lane) { /* counted by its reason, but nobody will know where */
		parked->reason = read_u8(g + config.go.g_waitreason);
		return;
	}
	if (!bpf_probe_read_user(lane->head, sizeof(lane->head), (void *)g)) {
		parked->reason = G_REASON(lane->head);
		parked->stack = innermost(lane, NULL);
		parked->object = semaphore_of(g, parked->reason);
	}
	leave_lane(lane);
}

#define PROBES 4 /* slots of a table that a key may be in */

/* The entry for a block, a new one if need be. Where there is no room near its place: the one that
 * holds what is left over, one a wait reason. */
static __always_inline struct totals *totals_of(struct lane *lane, u32 lane_index, u64 g,
						struct parked *parked)
{
	struct totals *totals;
	u32 index;

	for (u32 i = 0; i < PROBES && parked->stack; i++) {
		index = lane_index * config.totals_slots +
			((parked->stack + i) & (config.totals_slots - 1));
		totals = bpf_map_lookup_elem(&block_totals, &index);
		if (!totals)
			return NULL;
		if (totals->stack == parked->stack && totals->reason == parked->reason)
			return totals;
		if (totals->count)
			continue;
		if (bpf_probe_read_user(lane->head, sizeof(lane->head), (void *)g))
			break;
		__builtin_memset(totals->frames, 0, sizeof(totals->frames));
		/* The collector may have moved the stack meanwhile, or be at it. */
		if (innermost(lane, totals->frames) != parked->stack)
			break;
		totals->stack = parked->stack;
		totals->reason = parked->reason;
		return totals;
	}
	index = lane_index * WAIT_REASONS + (parked->reason & (WAIT_REASONS - 1));
	totals = bpf_map_lookup_elem(&rest_totals, &index);
	if (totals)
		totals->reason = parked->reason;
	return totals;
}

/* Adds one block to the totals. Returns false where it could not. */
static __always_inline bool add_to_totals(struct lane *lane, u32 index, u64 g,
					  struct parked *parked, u64 duration)
{
	struct totals *totals = totals_of(lane, index, g, parked);
	u32 slot = histogram_slot(duration);

	if (!totals || slot >= HISTOGRAM_SLOTS)
		return false;
	totals->count++;
	totals->sum_ns += duration;
	totals->slots[slot]++;
	if (duration > totals->max_ns)
		totals->max_ns = duration;
	return true;
}

#endif
