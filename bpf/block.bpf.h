/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* One block of a goroutine: it starts in park(), ends in wake(), and is paired in between by its g.
 * A g that parked cannot be woken before its park_m (proc.go) passed our probe, and only one thread
 * wakes it, so its entry has one writer at a time. */
#ifndef GOSNOOP_BPF_BLOCK_H
#define GOSNOOP_BPF_BLOCK_H

#include "stack.bpf.h"

static const struct totals no_totals;

static __always_inline void park(u64 g, u64 now)
{
	u64 *since = bpf_map_lookup_elem(&parked, &g);

	if (!since) {
		if (bpf_map_update_elem(&parked, &g, &now, BPF_ANY) == 0)
			return;
	} else {
		bool open = *since != 0;

		*since = now;
		if (!open)
			return;
	}
	/* No room for it, or an earlier wake was missed: either way one block is lost. */
	count_seen(LOSS_BLOCK);
	count_dropped(LOSS_BLOCK);
}

/* floor(log2(ns)) + 1, capped: see HISTOGRAM_SLOTS. */
static __always_inline u32 slot_of(u64 ns)
{
	u32 slot = 0;

	if (ns >> 32) { slot += 32; ns >>= 32; }
	if (ns >> 16) { slot += 16; ns >>= 16; }
	if (ns >> 8) { slot += 8; ns >>= 8; }
	if (ns >> 4) { slot += 4; ns >>= 4; }
	if (ns >> 2) { slot += 2; ns >>= 2; }
	if (ns >> 1) { slot += 1; ns >>= 1; }
	slot += ns;
	return slot < HISTOGRAM_SLOTS ? slot : HISTOGRAM_SLOTS - 1;
}

/* The totals of a key not seen on this CPU's side of the map yet. */
static __noinline struct totals *new_totals(struct totals_key *key, struct totals_stack *stack)
{
	struct totals_key rest = {.stack = 0, .reason = key->reason};

	if (bpf_map_update_elem(&totals_stacks, &key->stack, stack, BPF_ANY))
		return bpf_map_lookup_elem(&block_totals, &rest);
	bpf_map_update_elem(&block_totals, key, &no_totals, BPF_NOEXIST);
	struct totals *totals = bpf_map_lookup_elem(&block_totals, key);
	return totals ?: bpf_map_lookup_elem(&block_totals, &rest);
}

/* The hash and frames of the innermost frames, by which totals are kept. */
static __always_inline u64 innermost(struct g_head *head, struct totals_stack *stack)
{
	u64 bp = G_HEAD(head, sched_bp), lo = G_HEAD(head, stack_lo), hi = G_HEAD(head, stack_hi);
	u64 hash;

	__builtin_memset(stack, 0, sizeof(*stack));
	stack->frames[0] = G_HEAD(head, sched_pc);
	hash = wire_hash(WIRE_HASH_SEED, stack->frames[0]);
#pragma unroll
	for (int i = 1; i < TOTALS_FRAMES; i++) {
		u64 pc = step(&bp, &lo, hi);

		if (!pc)
			break;
		stack->frames[i] = pc;
		hash = wire_hash(hash, pc);
	}
	return hash;
}

static __always_inline void add_to_totals(struct g_head *head, u8 reason, u64 duration)
{
	struct totals_stack stack;
	struct totals_key key = {.reason = reason};
	struct totals *totals;
	u32 slot = slot_of(duration);

	key.stack = innermost(head, &stack);
	totals = bpf_map_lookup_elem(&block_totals, &key);
	if (!totals)
		totals = new_totals(&key, &stack);
	if (!totals)
		return;
	COUNT(totals->count);
	__sync_fetch_and_add(&totals->sum_ns, duration);
	if (slot < HISTOGRAM_SLOTS)
		COUNT(totals->slots[slot]);
	if (duration > totals->max_ns)
		totals->max_ns = duration;
}

/* What a parked goroutine's stack says it waits for: a word that points at the sudog (semaphores)
 * or pollDesc that names this g. The functions that hold it (semacquire1, netpollblock) are within
 * SCAN_WORDS of the parked SP in all versions. */
#define SCAN_WORDS 48

__noinline u64 scan_for_object(u64 sp, u64 g, int network)
{
	for (int i = 0; i < SCAN_WORDS; i++) {
		u64 word = read_u64(sp + 8 * i);

		if (word < 4096 || word & 7)
			continue;
		if (network) {
			if (read_u64(word + config.go.polldesc_self) != word)
				continue;
			if (read_u64(word + config.go.polldesc_rg) == g ||
			    read_u64(word + config.go.polldesc_wg) == g)
				return word;
		} else if (read_u64(word) == g) {
			u64 elem = read_u64(word + config.go.sudog_elem);

			if (elem)
				return elem;
		}
	}
	return 0;
}

static __always_inline u64 object_of(u64 g, u8 wait_reason, u64 sp)
{
	u64 reason = 1ull << (wait_reason & 63);
	u64 sudog;

	if (reason & config.network_reasons)
		return scan_for_object(sp, g, true);
	if (!(reason & (config.channel_reasons | config.semaphore_reasons)))
		return 0;
	sudog = read_u64(g + config.go.g_waiting);
	if (reason & config.channel_reasons)
		return sudog ? read_u64(sudog + config.go.sudog_c) : 0;
	if (config.elem_in_waiting)
		return sudog ? read_u64(sudog + config.go.sudog_elem) : 0;
	return scan_for_object(sp, g, false);
}

/* Who woke a goroutine. */
struct waker {
	u64 goroutine;  /* its g; 0: none */
	u8 kind;        /* enum waker_kind */
	bool in_mcall;  /* it is about to leave its thread itself: g.sched.pc is a frame of its own */
};

/* Returns the hash of the waker's stack; 0: it has none. */
__noinline u64 waker_stack(u64 g, int in_mcall)
{
	struct walk walk;

	if (!walk_saved(&walk, g, !in_mcall))
		return 0;
	return intern_stack(&walk);
}

/* Fills in who waited, where and for what. Returns false where the g cannot be read. */
static __noinline bool describe_waiter(struct wire_go_block *block, u64 g)
{
	struct g_head head;
	struct walk walk;

	if (!read_g_head(g, &head))
		return false;
	walk_from_head(&walk, &head);
	block->goid = read_u64(g + config.go.g_goid);
	block->stack = intern_stack(&walk);
	block->object = object_of(g, block->reason, G_HEAD(&head, sched_sp));
	return true;
}

/* A block that ended: how long it took, and why the goroutine waited. */
struct ended_block {
	u64 g;
	u64 duration_ns;
	u8 reason;
};

static __always_inline void stream_block(struct ended_block *ended, struct waker *waker)
{
	u64 now = bpf_ktime_get_ns();
	struct wire_go_block block = {};
	struct wire_go_block *record;

	block.duration_ns = ended->duration_ns;
	block.reason = ended->reason;
	block.waker = waker->kind;
	if (!describe_waiter(&block, ended->g)) {
		count_dropped(LOSS_BLOCK);
		return;
	}
	if (waker->goroutine) {
		block.waker_goid = read_u64(waker->goroutine + config.go.g_goid);
		block.waker_stack = waker_stack(waker->goroutine, waker->in_mcall);
	}
	record = reserve(LOSS_BLOCK, WIRE_GO_BLOCK, sizeof(*record), now);
	if (!record)
		return;
	block.header = record->header;
	*record = block;
	submit(record);
}

/* ended->g is made runnable: adds the block that this ends to the totals. Returns whether there is
 * one that is to be streamed. */
static __noinline int end_block(struct ended_block *ended)
{
	u64 *since = bpf_map_lookup_elem(&parked, &ended->g);
	struct g_head head;
	u64 start;

	if (!since || !*since)
		return false; /* parked before we came, or never */
	start = *since;
	*since = 0;
	ended->duration_ns = bpf_ktime_get_ns() - start;
	count_seen(LOSS_BLOCK);
	if (!read_g_head(ended->g, &head)) {
		count_dropped(LOSS_BLOCK);
		return false;
	}
	ended->reason = read_u8(ended->g + config.go.g_waitreason);
	add_to_totals(&head, ended->reason, ended->duration_ns);
	if (ended->duration_ns >= config.min_block_ns)
		return true;
	count_filtered(LOSS_BLOCK);
	return false;
}

#endif
