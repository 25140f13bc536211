/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Frame-pointer walks over a goroutine's stack while it stands still: it is parked, or it waits for
 * its own thread's g0 to finish (systemstack, mcall). Go keeps frame pointers on amd64 since 1.7. */
#ifndef GOSNOOP_BPF_STACK_H
#define GOSNOOP_BPF_STACK_H

#include "emit.bpf.h"
#include "lane.bpf.h"

struct walk {
	u64 pc; /* innermost frame */
	u64 bp; /* its caller's return address is at bp+8, the caller's bp at bp */
	u64 lo; /* the stack's bounds */
	u64 hi;
	u64 sp;
};

/* Is there a frame at bp, on the stack and above the one before? Frames lie ever higher, so a
 * damaged chain cannot lead in circles. */
static __always_inline bool on_stack(u64 bp, u64 lo, u64 hi)
{
	return bp - lo < hi - lo;
}

/* Steps to the caller: its return address, or 0 at the end of the stack. */
static __always_inline u64 step(struct lane *lane, u64 *bp, u64 *lo, u64 hi)
{
	struct frame frame;
	u64 at = *bp;

	if (!on_stack(at, *lo, hi) || !read_frame(lane, at, &frame))
		return 0;
	*lo = at + sizeof(frame);
	*bp = frame.caller_bp;
	return frame.return_pc;
}

/* The same without a lane. */
static __always_inline u64 step_in_memory(u64 *bp, u64 *lo, u64 hi)
{
	struct frame frame;
	u64 at = *bp;

	if (!on_stack(at, *lo, hi) || bpf_probe_read_user(&frame, sizeof(frame), (void *)at))
		return 0;
	*lo = at + sizeof(frame);
	*bp = frame.caller_bp;
	return frame.return_pc;
}

/* How deep the function with the go statement may be: below newproc1, newproc.func1, systemstack and
 * newproc (proc.go), or newcoro (coro.go). */
#define MAX_CREATE_FRAMES 8

/* Moves a walk out to the frame that returns to `pc`, or to that pc alone where it is not found. */
static __always_inline void skip_to(struct lane *lane, struct walk *walk, u64 pc)
{
	u64 bp = walk->bp;

	walk->pc = pc;
	walk->bp = 0;
	for (int i = 0; i < MAX_CREATE_FRAMES; i++) {
		u64 caller = step(lane, &bp, &walk->lo, walk->hi);

		if (!caller)
			return;
		if (caller == pc) {
			walk->bp = bp;
			return;
		}
	}
}

/* The two passes are global functions of scalars, which the verifier checks once each instead of
 * once a caller and path (kernel 5.6, commit 51c39bb1d5d1). */

/* First pass: the hash only, so that no buffer is needed for a stack that is known. `lane`: index of
 * the lane whose window may hold frames of it, or config.no_lane. */
__noinline u64 hash_stack(u64 innermost_pc, u64 bp, u64 lo, u64 hi, u32 lane_index)
{
	struct lane *lane = bpf_map_lookup_elem(&lanes, &lane_index);
	u64 hash = wire_hash(WIRE_HASH_SEED, innermost_pc);

	if (!lane)
		return 0;
	for (int i = 1; i < MAX_STACK_FRAMES; i++) {
		u64 pc = step(lane, &bp, &lo, hi);

		if (!pc)
			break;
		hash = wire_hash(hash, pc);
	}
	return hash;
}

/* Second pass, for a stack that was not sent yet: into the ring. Returns the number of frames sent. */
__noinline u32 send_stack(u64 hash, u64 innermost_pc, u64 bp, u64 lo, u64 hi)
{
	struct wire_stack *record;
	u32 count = 1;

	count_seen(LOSS_STACK);
	record = reserve(LOSS_STACK, WIRE_STACK, sizeof(*record) + 8 * MAX_STACK_FRAMES,
			 bpf_ktime_get_ns());
	if (!record)
		return 0;
	record->frames[0] = innermost_pc;
	for (int i = 1; i < MAX_STACK_FRAMES; i++) {
		u64 pc = step_in_memory(&bp, &lo, hi);

		if (!pc)
			break;
		record->frames[i] = pc;
		count = i + 1;
	}
	record->hash = hash;
	record->truncated = count == MAX_STACK_FRAMES && step_in_memory(&bp, &lo, hi) != 0;
	record->count = count;
	record->header.size = sizeof(*record) + 8 * count;
	submit(record);
	return count;
}

/* The hash of a stack, which user space knows or is sent. */
static __always_inline u64 intern_stack(struct walk *walk, u32 lane_index)
{
	u64 hash = hash_stack(walk->pc, walk->bp, walk->lo, walk->hi, lane_index);
	u32 frames;

	if (bpf_map_lookup_elem(&sent_stacks, &hash))
		return hash;
	frames = send_stack(hash, walk->pc, walk->bp, walk->lo, walk->hi);
	if (frames)
		bpf_map_update_elem(&sent_stacks, &hash, &frames, BPF_ANY);
	return hash;
}

static __always_inline void walk_from(struct walk *walk, struct g_sched *sched)
{
	walk->pc = G_HEAD(sched, sched_pc);
	walk->bp = G_HEAD(sched, sched_bp);
	walk->lo = G_HEAD(sched, stack_lo);
	walk->hi = G_HEAD(sched, stack_hi);
	walk->sp = G_HEAD(sched, sched_sp);
}

/* A goroutine that waits for its thread's g0. In mcall, g.sched.pc is its own frame. In systemstack
 * it is systemstack_switch, of no interest; and before Go 1.21 systemstack had no frame, so that the
 * function that called it is only at sched.sp (asm_amd64.s, gosave_systemstack_switch). */
static __always_inline bool walk_saved(struct walk *walk, u64 g, bool on_systemstack)
{
	struct g_sched sched;

	if (!read_g_sched(g, &sched))
		return false;
	walk_from(walk, &sched);
	if (!on_systemstack)
		return walk->pc != 0;
	if (config.systemstack_has_frame)
		walk->pc = step_in_memory(&walk->bp, &walk->lo, walk->hi);
	else
		walk->pc = read_u64(G_HEAD(&sched, sched_sp));
	return walk->pc != 0;
}

#endif
