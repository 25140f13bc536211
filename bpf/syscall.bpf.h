/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* System calls, with the goroutine and the stack that made them. All that has to be known is noted as
 * the call begins, under the thread; its return adds it up. The tracepoints are hit by every process
 * of the host, so these programs are loaded only where system calls are asked for, and the first thing
 * they do is to look whose call it is. */
#ifndef GOSNOOP_BPF_SYSCALL_H
#define GOSNOOP_BPF_SYSCALL_H

#include <bpf/bpf_tracing.h>

#include "paths.bpf.h"
#include "thread.bpf.h"
#include "totals.bpf.h"

/* arch/x86/entry/syscalls/syscall_64.tbl: these never return. */
#define NR_EXIT 60
#define NR_EXIT_GROUP 231

#define MAX_ERRNO 4095 /* include/linux/err.h */

/* These programs need no atomic adds to have a lane to themselves. Each runs once a CPU at most: up to
 * Linux 6.12 with preemption off (include/linux/tracepoint.h, __DO_TRACE), later at least not inside
 * itself (kernel/trace/bpf_trace.c, __bpf_trace_run). The beginning of a call uses the lane's head and
 * window, its return the counters and the CPU's totals. */
static __always_inline struct lane *call_lane_of(u32 cpu)
{
	return bpf_map_lookup_elem(&call_lanes, &cpu);
}

static __always_inline struct call_slot *call_slot_of(u64 tid)
{
	u32 index = tid & (CALL_THREADS - 1);

	return bpf_map_lookup_elem(&call_slots, &index);
}

static __always_inline struct call *find_call(u64 tid)
{
	struct call_slot *slot = call_slot_of(tid);

	if (slot && slot->tid == tid)
		return &slot->call;
	return bpf_map_lookup_elem(&call_rest, &tid);
}

/* As add_parked: a slot belongs to the one that finds itself alone after counting itself. It keeps it
 * until it ends. Returns NULL where there is no room. */
static __always_inline struct call *add_call(u64 tid)
{
	struct call_slot *slot = call_slot_of(tid);
	static const struct call none;

	if (slot && slot->claims == 0) {
		__sync_fetch_and_add(&slot->claims, 1);
		if (*(volatile u64 *)&slot->claims == 1) {
			slot->tid = tid;
			return &slot->call;
		}
	}
	bpf_map_update_elem(&call_rest, &tid, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&call_rest, &tid);
}

/* The thread ends. */
static __always_inline void drop_call(u64 tid)
{
	struct call_slot *slot = call_slot_of(tid);

	if (!slot || slot->tid != tid) {
		bpf_map_delete_elem(&call_rest, &tid);
		return;
	}
	slot->call.since = 0;
	slot->tid = 0;
	*(volatile u64 *)&slot->claims = 0;
}

/* Notes the frames behind call->frames[0], where call->bp, lo and hi say they go on, and the hash of
 * all. */
static __always_inline void note_frames(struct lane *lane, struct call *call)
{
	u64 pc = call->frames[0], bp = call->bp, lo = call->lo, hi = call->hi;
	u64 hash = WIRE_HASH_SEED;

#pragma unroll
	for (int i = 0; i < TOTALS_FRAMES; i++) {
		call->frames[i] = pc;
		if (!pc)
			continue;
		hash = wire_hash(hash, pc);
		pc = step(lane, &bp, &lo, hi);
	}
	call->stack = hash;
}

/* Of Go code. The functions that hold the instruction have no frame (Syscall6, futex, …: frame size 0
 * in asm_linux_amd64.s and sys_linux_amd64.s), or one with a frame pointer (usleep): where the word at
 * SP is a Go address it is the caller's. The instruction itself says nothing about the program. */
static __always_inline void begin_go_stack(struct lane *lane, struct call *call,
					   struct pt_regs *regs)
{
	struct frame top;

	call->bp = regs->rbp;
	call->lo = regs->rsp;
	call->hi = G_HEAD(lane->head, stack_hi);
	load_window(lane, call->lo);
	if (read_frame(lane, call->lo, &top) && in_go_text(top.caller_bp))
		call->frames[0] = top.caller_bp;
}

/* Of C code that a goroutine called: C keeps no frame pointers, but asmcgocall saved those of the
 * goroutine in g.sched (asm_amd64.s, gosave_systemstack_switch). Lane: the goroutine's g. */
static __always_inline void begin_c_stack(struct lane *lane, struct call *call)
{
	call->bp = G_HEAD(lane->head, sched_bp);
	call->lo = G_HEAD(lane->head, sched_sp);
	call->hi = G_HEAD(lane->head, stack_hi);
	load_window(lane, call->lo);
}

static __always_inline bool read_head(struct lane *lane, u64 g)
{
	return g && !bpf_probe_read_user(lane->head, sizeof(lane->head), (void *)g);
}

#define STATUS_OF(lane) ((u8)G_HEAD((lane)->head, atomicstatus))

/* A call of C code: on g0, between entersyscall and exitsyscall of the goroutine (cgocall.go). */
static __always_inline bool is_cgo_call(struct lane *lane, u64 curg)
{
	return read_head(lane, curg) && STATUS_OF(lane) == G_SYSCALL;
}

/* Of the g in the lane: is the thread on the stack of its goroutine? g0 and gsignal have no goid
 * (proc.go, malg). */
static __always_inline bool is_on_own_stack(struct lane *lane, u64 sp)
{
	return G_HEAD(lane->head, goid) &&
	       on_stack(sp, G_HEAD(lane->head, stack_lo), G_HEAD(lane->head, stack_hi));
}

static __always_inline u32 note_goroutine_call(struct lane *lane, struct call *call,
					       struct pt_regs *regs)
{
	call->goid = G_HEAD(lane->head, goid);
	begin_go_stack(lane, call, regs);
	return ORIGIN_GOROUTINE;
}

/* Is the g in the lane one of the runtime's thread? */
static __always_inline bool is_runtime_thread(struct lane *lane, u64 g)
{
	u64 m = G_HEAD(lane->head, m);

	return m && is_of_runtime(g, m);
}

/* The others: the runtime itself, by R14 where Go code calls; else TLS tells. `by_r14`: the lane has
 * the g of R14. */
static __noinline u32 note_other_call(struct lane *lane, struct call *call, struct pt_regs *regs,
				      bool by_r14)
{
	u64 g;

	if (!lane || !call || !regs)
		return ORIGIN_FOREIGN;
	if (by_r14 && is_runtime_thread(lane, regs->r14)) {
		begin_go_stack(lane, call, regs);
		return ORIGIN_RUNTIME;
	}
	g = read_u64(tls_slot_of_thread());
	if (!read_head(lane, g))
		return ORIGIN_FOREIGN;
	if (is_on_own_stack(lane, regs->rsp))
		return note_goroutine_call(lane, call, regs);
	if (!is_runtime_thread(lane, g))
		return ORIGIN_FOREIGN;
	if (!in_go_text(regs->rip)) {
		if (is_cgo_call(lane, read_u64(G_HEAD(lane->head, m) + config.go.m_curg))) {
			call->goid = G_HEAD(lane->head, goid);
			begin_c_stack(lane, call);
			return ORIGIN_GOROUTINE;
		}
		if (!read_head(lane, g))
			return ORIGIN_FOREIGN;
	}
	begin_go_stack(lane, call, regs);
	return ORIGIN_RUNTIME;
}

/* Notes who calls and where the stack begins. Returns on whose behalf. Go code holds its g in R14
 * (abi-internal.md): most calls are told by that alone. */
static __always_inline u32 note_caller(struct lane *lane, struct call *call, struct pt_regs *regs)
{
	bool by_r14 = in_go_text(regs->rip) && read_head(lane, regs->r14);

	call->frames[0] = regs->rip;
	if (by_r14 && is_on_own_stack(lane, regs->rsp))
		return note_goroutine_call(lane, call, regs);
	return note_other_call(lane, call, regs, by_r14);
}

static __always_inline void note_args(struct call *call, struct pt_regs *regs)
{
	call->args[0] = regs->rdi;
	call->args[1] = regs->rsi;
	call->args[2] = regs->rdx;
	call->args[3] = regs->r10;
	call->args[4] = regs->r8;
	call->args[5] = regs->r9;
}

static __always_inline void enter_call(u64 tid, struct pt_regs *regs, u32 number)
{
	struct lane *lane = call_lane_of(bpf_get_smp_processor_id());
	struct call *call = find_call(tid);

	if (!call)
		call = add_call(tid);
	if (!call || !lane) {
		count_seen(LOSS_SYSCALL);
		count_dropped(LOSS_SYSCALL);
		return;
	}
	if (call->since) { /* its return was missed */
		count_seen(LOSS_SYSCALL);
		count_dropped(LOSS_SYSCALL);
	}
	note_args(call, regs);
	call->goid = 0;
	call->bp = 0;
	call->lo = 0;
	call->hi = 0;
	call->key = CALL_KEY(number, note_caller(lane, call, regs));
	note_frames(lane, call);
	call->since = bpf_ktime_get_ns();
}

/* Longer than that no program runs: its thread was preempted (Linux 7.2), or an interrupt came. */
#define LONGEST_RUN_NS 50000

static __always_inline u64 run_of(u64 took_ns)
{
	return took_ns < LONGEST_RUN_NS ? took_ns : 0;
}

/* What is called where it is measured what the programs take: functions of their own, and nothing kept
 * in registers for them, so that it costs nothing where it is not. */
static __noinline int begin_measuring(void)
{
	struct lane *lane = call_lane_of(bpf_get_smp_processor_id());
	u64 before = bpf_ktime_get_ns();

	if (!lane)
		return 0;
	lane->begun_ns = bpf_ktime_get_ns();
	lane->clock_ns += run_of(lane->begun_ns - before);
	return 0;
}

static __noinline int end_measuring(void)
{
	struct lane *lane = call_lane_of(bpf_get_smp_processor_id());

	if (lane)
		lane->entering_ns += run_of(bpf_ktime_get_ns() - lane->begun_ns);
	return 0;
}

static __noinline int measure_return(u64 begun)
{
	struct lane *lane = call_lane_of(bpf_get_smp_processor_id());

	if (lane)
		lane->leaving_ns += run_of(bpf_ktime_get_ns() - begun);
	return 0;
}

/* raw_syscalls:sys_enter, before the call. `regs` are those of user space. */
SEC("tp_btf/sys_enter")
int BPF_PROG(on_sys_enter, struct pt_regs *regs, long number)
{
	u32 tid;

	if (!is_target_thread(&tid))
		return 0;
	if (measure_calls)
		begin_measuring();
	if (number == NR_EXIT)
		drop_call(tid);
	else if (number != NR_EXIT_GROUP)
		enter_call(tid, regs, number);
	if (measure_calls)
		end_measuring();
	return 0;
}

static __always_inline void count_error(u64 key, u64 error)
{
	struct call_error of = {.key = key, .error = error};
	u64 *count = bpf_map_lookup_elem(&call_errors, &of);
	u64 none = 0;

	if (!count) { /* without room: in the total of errors only */
		bpf_map_update_elem(&call_errors, &of, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&call_errors, &of);
	}
	if (count)
		COUNT(*count);
}

static __always_inline void note_goroutine(struct call_totals *totals, struct call *call)
{
	struct call_goroutine of = {.goid = call->goid, .key = call->key};
	u32 one = 1;

	if (!call->goid || totals->goid == call->goid)
		return;
	if (!bpf_map_lookup_elem(&call_goroutines, &of) &&
	    bpf_map_update_elem(&call_goroutines, &of, &one, BPF_ANY)) {
		call_goroutines_missing = 1;
		return;
	}
	totals->goid = call->goid;
}

static __always_inline void begin_totals(struct call_totals *totals, struct call *call)
{
	__builtin_memcpy(totals->frames, call->frames, sizeof(totals->frames));
	totals->stack = call->stack;
	totals->key = call->key;
}

/* The CPU's entry for a call, a new one if need be; NULL where there is no room near its place. */
static __always_inline struct call_totals *call_totals_of(u32 cpu, struct call *call)
{
	for (u32 i = 0; i < PROBES && call->stack; i++) {
		u32 index =
			cpu * config.call_slots +
			(((u32)call->stack + CALL_NUMBER(call->key) + i) & (config.call_slots - 1));
		struct call_totals *totals = bpf_map_lookup_elem(&call_totals, &index);

		if (!totals)
			return NULL;
		if (totals->stack == call->stack && totals->key == call->key)
			return totals;
		if (totals->count)
			continue;
		begin_totals(totals, call);
		return totals;
	}
	return NULL;
}

struct ended_call {
	u64 duration_ns;
	u64 result;
};

static __always_inline bool failed(u64 result)
{
	return result >= (u64)-MAX_ERRNO;
}

static __always_inline void add_own(struct call_totals *totals, struct ended_call *ended)
{
	u32 slot = histogram_slot(ended->duration_ns);

	totals->count++;
	totals->errors += failed(ended->result);
	totals->sum_ns += ended->duration_ns;
	if (slot < HISTOGRAM_SLOTS)
		totals->slots[slot]++;
	if (ended->duration_ns > totals->max_ns)
		totals->max_ns = ended->duration_ns;
}

/* The same for an entry that other CPUs add to as well. Of two maxima at once the lower may win: so it
 * is looked at again. */
static __always_inline void add_shared(struct call_totals *totals, struct ended_call *ended)
{
	u32 slot = histogram_slot(ended->duration_ns);

	COUNT(totals->count);
	if (failed(ended->result))
		COUNT(totals->errors);
	__sync_fetch_and_add(&totals->sum_ns, ended->duration_ns);
	if (slot < HISTOGRAM_SLOTS)
		COUNT(totals->slots[slot]);
	for (int i = 0; i < 8; i++) {
		if (ended->duration_ns <= *(volatile u64 *)&totals->max_ns)
			break;
		*(volatile u64 *)&totals->max_ns = ended->duration_ns;
	}
}

/* What has no place of its own: one entry a key. Returns false where not even that had room. */
static __noinline bool add_to_rest(struct call *call, struct ended_call *ended)
{
	static const struct call_totals none;
	u64 key = call->key;
	struct call_totals *totals = bpf_map_lookup_elem(&call_rest_totals, &key);

	if (!totals) {
		bpf_map_update_elem(&call_rest_totals, &key, &none, BPF_NOEXIST);
		totals = bpf_map_lookup_elem(&call_rest_totals, &key);
	}
	if (!totals)
		return false;
	totals->key = key;
	add_shared(totals, ended);
	note_goroutine(totals, call);
	return true;
}

/* Into the totals of the CPU; false: there is no room there. */
static __always_inline bool add_to_cpu(u32 cpu, struct call *call, struct ended_call *ended)
{
	struct call_totals *totals = call_totals_of(cpu, call);

	if (!totals)
		return false;
	add_own(totals, ended);
	note_goroutine(totals, call);
	return true;
}

/* Adds a call up. Returns whether it is to be streamed too. */
static __always_inline bool account_call(struct call *call, struct ended_call *ended)
{
	bool stream = ended->duration_ns >= config.min_syscall_ns;
	u32 cpu = bpf_get_smp_processor_id();
	struct lane *lane = call_lane_of(cpu);

	if (!lane)
		return false;
	lane->seen++;
	if (failed(ended->result))
		count_error(call->key, -ended->result);
	if (!add_to_cpu(cpu, call, ended) && !add_to_rest(call, ended)) {
		count_dropped(LOSS_SYSCALL);
		return false;
	}
	if (!stream)
		lane->filtered++;
	return stream;
}

static __always_inline void fill_call(struct wire_syscall *record, struct call *call,
				      struct ended_call *ended, u64 stack)
{
	record->goid = call->goid;
	record->duration_ns = ended->duration_ns;
	record->stack = stack;
	__builtin_memcpy(record->args, call->args, sizeof(record->args));
	record->result = ended->result;
	record->file_inode = inode_of(call->args[0]);
	record->number = CALL_NUMBER(call->key);
	record->tid = bpf_get_current_pid_tgid();
	record->flags = SYSCALL_FILE_KNOWN;
	record->origin = CALL_ORIGIN(call->key);
	record->pad = 0;
}

/* A path is still where it was: whoever called keeps it until the call returns. */
static __noinline int send_call_with_paths(struct call *call, struct ended_call *ended, u64 stack)
{
	const u64 size = sizeof(struct wire_syscall) + SYSCALL_PATHS * sizeof(struct wire_path);
	struct wire_syscall *record;

	if (!call || !ended)
		return 0;
	record = reserve(LOSS_SYSCALL, WIRE_SYSCALL, size, bpf_ktime_get_ns());
	if (!record)
		return 0;
	fill_call(record, call, ended, stack);
	record->flags |= SYSCALL_WITH_PATHS;
	read_paths((void *)(record + 1), CALL_NUMBER(call->key), call->args);
	submit(record);
	return 0;
}

static __noinline int stream_call(struct call *call, struct ended_call *ended)
{
	struct walk walk = {.pc = call->frames[0], .bp = call->bp, .lo = call->lo, .hi = call->hi};
	u64 stack = call->stack ? intern_stack(&walk, config.no_lane) : 0;
	struct wire_syscall *record;

	if (has_paths(CALL_NUMBER(call->key)))
		return send_call_with_paths(call, ended, stack);
	record = reserve(LOSS_SYSCALL, WIRE_SYSCALL, sizeof(*record), bpf_ktime_get_ns());
	if (!record)
		return 0;
	fill_call(record, call, ended, stack);
	submit(record);
	return 0;
}

/* raw_syscalls:sys_exit. One without a beginning was under way as we came, or it is the first return
 * of a new thread. */
SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long result)
{
	struct ended_call ended = {.result = result};
	struct call *call;
	u64 now;
	u32 tid;

	if (!is_target_thread(&tid))
		return 0;
	call = find_call(tid);
	if (!call || !call->since)
		return 0;
	now = bpf_ktime_get_ns();
	ended.duration_ns = now - call->since;
	call->since = 0;
	if (account_call(call, &ended))
		stream_call(call, &ended);
	if (measure_calls)
		measure_return(now);
	return 0;
}

#endif
