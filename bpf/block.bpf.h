/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* One block of a goroutine: it starts in park(), ends in wake(), and is paired in between by its g.
 * A g that parked cannot be woken before its park_m (proc.go) passed our probe, and only one thread
 * wakes it, so its entry has one writer at a time. */
#ifndef GOSNOOP_BPF_BLOCK_H
#define GOSNOOP_BPF_BLOCK_H

#include "parked.bpf.h"
#include "stack.bpf.h"
#include "totals.bpf.h"
#include "wait_socket.bpf.h"

#define REASON_OF_G (~0u)

/* A goroutine parks. `reason`: why, or REASON_OF_G where g.waitreason says it. */
static __always_inline void park(u64 g, u64 now, u32 reason)
{
	struct parked *parked = find_parked(g);

	if (!parked)
		parked = add_parked(g);
	if (parked) {
		bool missed = parked->since != 0;

		note_place(parked, g);
		if (reason != REASON_OF_G)
			parked->reason = reason;
		parked->since = now;
		if (!missed)
			return;
	}
	/* No room for it, or an earlier wake was missed: either way one block is lost. */
	count_seen(LOSS_BLOCK);
	count_dropped(LOSS_BLOCK);
}

/* The pollDesc that a goroutine waits for: a word on its stack that points at one, as pollDesc.self
 * tells (netpoll.go). netpollblock keeps it within SCAN_WORDS of the parked SP in all versions. */
#define SCAN_WORDS 48

/* Where on the parked stack the last one was found: netpollblock keeps it at one place in a binary. */
u64 polldesc_at = 0;

/* The word of a parked stack, if it is a pointer to a pollDesc; else 0. */
static __always_inline u64 polldesc_in(u64 address)
{
	u64 word = read_u64(address);

	return word >= 4096 && !(word & 7) && read_u64(word + config.go.polldesc_self) == word
		       ? word
		       : 0;
}

__noinline u64 scan_for_polldesc(u64 sp)
{
	u64 found = polldesc_in(sp + polldesc_at);

	for (int i = 0; i < SCAN_WORDS && !found; i++) {
		found = polldesc_in(sp + 8 * i);
		if (found)
			polldesc_at = 8 * i;
	}
	return found;
}

/* What a goroutine waited for, where that can still be told at its wake. */
static __always_inline u64 object_of(u64 g, u8 wait_reason, u64 sp)
{
	u64 reason = 1ull << (wait_reason & 63);
	u64 sudog;

	if (reason & config.network_reasons)
		return scan_for_polldesc(sp);
	if (!(reason & config.channel_reasons))
		return 0;
	sudog = read_u64(g + config.go.g_waiting);
	return sudog ? read_u64(sudog + config.go.sudog_c) : 0;
}

/* Who woke a goroutine. */
struct waker {
	u64 goroutine; /* its g; 0: none */
	u8 kind;       /* enum waker_kind */
	bool in_mcall; /* it is about to leave its thread itself: g.sched.pc is a frame of its own */
};

/* Returns the hash of the waker's stack; 0: it has none. */
__noinline u64 waker_stack(u64 g, int in_mcall)
{
	struct walk walk;

	if (!walk_saved(&walk, g, !in_mcall))
		return 0;
	return intern_stack(&walk, config.no_lane);
}

/* Fills in who waited, where and for what. Returns false where the g cannot be read. */
static __noinline bool describe_waiter(struct wire_go_block *block, u64 g)
{
	struct g_sched sched;
	struct walk walk;

	if (!read_g_sched(g, &sched))
		return false;
	walk_from(&walk, &sched);
	block->goid = read_u64(g + config.go.g_goid);
	block->stack = intern_stack(&walk, config.no_lane);
	if (!block->object)
		block->object = object_of(g, block->reason, G_HEAD(&sched, sched_sp));
	if ((1ull << (block->reason & 63)) & config.network_reasons)
		block->socket = socket_of_polldesc(block->object);
	return true;
}

/* A block that ended: how long it took, and why the goroutine waited. */
struct ended_block {
	u64 g;
	u64 duration_ns;
	u64 object; /* 0: to be looked for */
	u8 reason;
};

static __always_inline void stream_block(struct ended_block *ended, struct waker *waker)
{
	u64 now = bpf_ktime_get_ns();
	struct wire_go_block block = {};
	struct wire_go_block *record;

	block.duration_ns = ended->duration_ns;
	block.reason = ended->reason;
	block.object = ended->object;
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

/* Adds the block that ends to the totals. Returns whether it is to be streamed too. */
static __always_inline bool account(struct lane *lane, u32 index, struct parked *parked,
				    struct ended_block *ended)
{
	lane->seen++;
	if (!add_to_totals(lane, index, ended->g, parked, ended->duration_ns)) {
		count_dropped(LOSS_BLOCK);
		return false;
	}
	if (ended->duration_ns >= config.min_block_ns)
		return true;
	lane->filtered++;
	return false;
}

/* ended->g is made runnable. Returns whether that ends a block that is to be streamed. */
static __noinline bool end_block(struct ended_block *ended)
{
	struct parked *parked = find_parked(ended->g);
	struct lane *lane;
	bool stream;
	u32 index;

	if (!parked || !parked->since)
		return false; /* parked before we came, or never */
	ended->duration_ns = bpf_ktime_get_ns() - parked->since;
	ended->reason = parked->reason;
	ended->object = parked->object;
	parked->since = 0;
	lane = enter_lane(&index);
	if (!lane) {
		count_seen(LOSS_BLOCK);
		count_dropped(LOSS_BLOCK);
		return false;
	}
	stream = account(lane, index, parked, ended);
	leave_lane(lane);
	return stream;
}

#endif
