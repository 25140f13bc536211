// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
/* The life of goroutines: create, block, wake, exit. One program an event; plan/plan.cpp says at
 * which instruction of the runtime each of them sits, and why there. */
#include "block.bpf.h"
#include "create.bpf.h"
#include "syscall.bpf.h"
#include "tcp.bpf.h"
#include "uprobe.bpf.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* The creator's stack: that of the goroutine that called newproc, or, where a timer did, g0's. */
static __always_inline bool walk_creator(struct walk *walk, struct pt_regs *regs, u64 creator)
{
	if (creator)
		return walk_saved(walk, creator, true);
	walk->sp = regs->rsp;
	walk->bp = regs->rbp;
	walk->lo = read_u64(regs->r14 + config.go.g_stack_lo);
	walk->hi = read_u64(regs->r14 + config.go.g_stack_hi);
	return true;
}

/* The hash of the creator's stack from the go statement on; 0 where there is none. */
static __noinline u64 creation_stack(struct pt_regs *regs, u64 creator, u64 go_pc)
{
	struct lane *lane;
	struct walk walk;
	u32 index;
	u64 hash;

	if (!walk_creator(&walk, regs, creator))
		return 0;
	lane = enter_lane_at(walk.sp, &index);
	if (!lane)
		return 0;
	skip_to(lane, &walk, go_pc);
	hash = intern_stack(&walk, index);
	leave_lane_at(lane, index);
	return hash;
}

/* In a frame of its own: with that of created() and what it calls it takes more than the 512 bytes of
 * stack that a program has (5.10 and 6.1 refused it). */
static __noinline int park_new(u64 g, u64 now)
{
	park(g, now, REASON_OF_G);
	return 0;
}

static __always_inline void tell_create(struct pt_regs *regs, struct new_g *g, u64 now, u32 flags)
{
	u64 creator = current_goroutine(regs->r14);
	u64 stack = creation_stack(regs, creator, NEW_G(g, gopc));

	send_create(g, now, parent_of(g, creator), stack, flags);
}

/* A g is new: complete, and not yet visible to other threads. */
static __always_inline int created(struct pt_regs *regs, u64 address)
{
	u64 now = bpf_ktime_get_ns();
	struct new_g g;
	bool parked_g;

	if (config.lives)
		count_seen(LOSS_CREATE);
	if (!read_new_g(address, &g)) {
		if (config.lives)
			count_dropped(LOSS_CREATE);
		return 0;
	}
	parked_g = (NEW_G(&g, atomicstatus) & 0xff) == G_WAITING;
	if (parked_g && config.blocks)
		park_new(address, now);
	if (config.lives)
		tell_create(regs, &g, now, parked_g ? CREATE_PARKED : 0);
	return 0;
}

/* newproc1 (proc.go) is done: AX = the new g. */
SEC("uprobe")
int on_create(struct pt_regs *regs)
{
	return is_hit_of_target(regs) ? created(regs, regs->rax) : 0;
}

/* The call of runqput in newproc's function literal: BX = the new g. */
SEC("uprobe")
int on_create_queued(struct pt_regs *regs)
{
	return is_hit_of_target(regs) ? created(regs, regs->rbx) : 0;
}

static __always_inline int emit_exit(u64 g)
{
	struct wire_go_exit *record;

	if (!config.lives)
		return 0;
	count_seen(LOSS_EXIT);
	record = reserve(LOSS_EXIT, WIRE_GO_EXIT, sizeof(*record), bpf_ktime_get_ns());
	if (!record)
		return 0;
	record->goid = read_u64(g + config.go.g_goid);
	submit(record);
	return 0;
}

/* goexit0 (proc.go), on g0: AX = the g that ends. */
SEC("uprobe")
int on_exit(struct pt_regs *regs)
{
	if (!is_hit_of_target(regs) || grows_stack(regs))
		return 0;
	return emit_exit(regs->rax);
}

/* park_m (proc.go), on g0: AX = the g that parks; g.sched is saved. */
SEC("uprobe")
int on_park(struct pt_regs *regs)
{
	if (!is_hit_of_target(regs) || grows_stack(regs))
		return 0;
	park(regs->rax, bpf_ktime_get_ns(), REASON_OF_G);
	return 0;
}

/* ready (proc.go), on g0: AX = the g to wake, on behalf of m.curg or of a timer. */
SEC("uprobe")
int on_ready(struct pt_regs *regs)
{
	struct ended_block ended = {.g = regs->rax};
	struct waker waker = {};

	if (!is_hit_of_target(regs) || grows_stack(regs) || !end_block(&ended))
		return 0;
	waker.goroutine = current_goroutine(regs->r14);
	waker.kind = waker.goroutine ? WAKER_GOROUTINE : WAKER_TIMER;
	stream_block(&ended, &waker);
	return 0;
}

static __always_inline int wake_by_runtime(u64 g)
{
	struct waker waker = {.kind = WAKER_RUNTIME};
	struct ended_block ended = {.g = g};

	if (!end_block(&ended))
		return 0;
	if ((1ull << (ended.reason & 63)) & config.network_reasons)
		waker.kind = WAKER_NETPOLL;
	stream_block(&ended, &waker);
	return 0;
}

/* A call of casgstatus(AX = g, BX = from, CX = to) in the scheduler: what the network poller and the
 * garbage collector wake does not pass ready (proc.go: findRunnable, injectglist). */
SEC("uprobe")
int on_status_change(struct pt_regs *regs)
{
	if ((u32)regs->rbx != G_WAITING || (u32)regs->rcx != G_RUNNABLE || !is_hit_of_target(regs))
		return 0;
	return wake_by_runtime(regs->rax);
}

/* execute (proc.go), on g0: AX = the g that runs next. In builds where the calls of casgstatus were
 * inlined: a block whose wake was not seen ends here. */
SEC("uprobe")
int on_execute(struct pt_regs *regs)
{
	if (!is_hit_of_target(regs) || grows_stack(regs))
		return 0;
	return wake_by_runtime(regs->rax);
}

/* coroswitch_m (coro.go), on g0: AX = the g that gives its thread to g.coroarg.gp, and waits itself
 * or, with g.coroexit, ends. */
SEC("uprobe")
int on_coroswitch(struct pt_regs *regs)
{
	u64 g = regs->rax;
	struct waker waker = {.goroutine = g, .kind = WAKER_GOROUTINE, .in_mcall = true};
	struct ended_block ended = {};

	if (!is_hit_of_target(regs) || grows_stack(regs))
		return 0;
	ended.g = read_u64(read_u64(g + config.go.g_coroarg)); /* coro.gp is its first field */
	if (config.blocks && end_block(&ended))
		stream_block(&ended, &waker);
	if (read_u8(g + config.go.g_coroexit))
		return emit_exit(g);
	/* coroswitch_m sets g.waitreason only after our site. */
	if (config.blocks)
		park(g, bpf_ktime_get_ns(), config.coroutine_reason);
	return 0;
}

/* The target replaces its program. */
SEC("raw_tp/sched_process_exec")
int on_exec(void *ctx)
{
	if (!is_target())
		return 0;
	target_execed_ns = bpf_ktime_get_ns();
	active = 0; /* the same binary may run again, with goroutines of its own */
	return 0;
}
