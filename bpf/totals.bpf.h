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

/* The innermost frames of the goroutine whose head the lane holds, and their hash. */
static __always_inline u64 innermost(struct lane *lane, u64 *frames)
{
	u64 lo = G_HEAD(&lane->head, stack_lo), hi = G_HEAD(&lane->head, stack_hi);
	u64 bp = G_HEAD(&lane->head, sched_bp);
	u64 hash;

	load_window(lane, G_HEAD(&lane->head, sched_sp));
	frames[0] = G_HEAD(&lane->head, sched_pc);
	hash = wire_hash(WIRE_HASH_SEED, frames[0]);
#pragma unroll
	for (int i = 1; i < TOTALS_FRAMES; i++) {
		u64 pc = step(lane, &bp, &lo, hi);

		if (!pc)
			break;
		frames[i] = pc;
		hash = wire_hash(hash, pc);
	}
	return hash;
}

#define PROBES 4 /* slots of a table that a key may be in */

/* The entry of a key, a new one if need be. Where there is no room near its place: the one that
 * holds what is left over, one a wait reason. */
static __always_inline struct totals *totals_of(u32 lane, u64 stack, u8 reason, u64 *frames)
{
	struct totals *totals;
	u32 index;

#pragma unroll
	for (u32 i = 0; i < PROBES; i++) {
		index = lane * config.totals_slots + ((stack + i) & (config.totals_slots - 1));
		totals = bpf_map_lookup_elem(&block_totals, &index);
		if (!totals)
			return NULL;
		if (totals->stack == stack && totals->reason == reason)
			return totals;
		if (totals->count)
			continue;
		totals->stack = stack;
		totals->reason = reason;
		__builtin_memcpy(totals->frames, frames, sizeof(totals->frames));
		return totals;
	}
	index = lane * WAIT_REASONS + (reason & (WAIT_REASONS - 1));
	totals = bpf_map_lookup_elem(&rest_totals, &index);
	if (totals)
		totals->reason = reason;
	return totals;
}

/* Adds one block of the goroutine whose head the lane holds. Returns false where it could not. */
static __always_inline bool add_to_totals(struct lane *lane, u32 index, u8 reason, u64 duration)
{
	u64 frames[TOTALS_FRAMES] = {};
	u64 stack = innermost(lane, frames);
	struct totals *totals = totals_of(index, stack, reason, frames);
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
