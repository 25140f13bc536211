/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What user space tells the BPF programs before they are loaded: constants for the verifier. */
#ifndef GOSNOOP_BPF_CONFIG_H
#define GOSNOOP_BPF_CONFIG_H

#include "events.h"

#ifdef __cplusplus
namespace gosnoop::wire {
#endif

/* What is read of a g in one piece. Its stack bounds and saved registers (g.stack, g.sched) end
 * before G_SCHED_SIZE, its wait reason before G_HEAD_SIZE (runtime2.go, Go 1.19 to 1.27). */
#define G_SCHED_SIZE 112
#define G_HEAD_SIZE 192

/* What is read of a new g in one piece: from g.atomicstatus to g.startpc. All of it was just written,
 * so no page of it is missing; the tail of a new g may be on one that was never touched. */
#define G_NEW_BEGIN 144
#define G_NEW_END 320

/* Field offsets of the target's Go version; see gobin/layout.h. */
struct go_layout {
	u32 g_stack_lo;
	u32 g_stack_hi;
	u32 g_m;
	u32 g_sched_sp;
	u32 g_sched_pc;
	u32 g_sched_bp;
	u32 g_atomicstatus;
	u32 g_goid;
	u32 g_waitreason;
	u32 g_parent_goid; /* 0: Go 1.19 has none; read the creator's goid instead */
	u32 g_gopc;
	u32 g_startpc;
	u32 g_waiting;
	u32 g_coroarg;  /* 0: no coroutines */
	u32 g_coroexit; /* 0: no coroutines */
	u32 m_curg;
	u32 sudog_elem;
	u32 sudog_c;
	u32 polldesc_self;
	u32 polldesc_fd;
};

struct probe_config {
	u64 pidns_dev; /* of the target's pid namespace */
	u64 pidns_ino;
	u64 min_block_ns;
	u64 channel_reasons;   /* bit i: wait reason i has its channel in g.waiting.c */
	u64 semaphore_reasons; /* … waits for a semaphore or notifyList */
	u64 network_reasons;   /* … waits for the network poller */
	u64 min_syscall_ns;
	u64 tls_offset; /* of the current g from a thread's FS base; a negative number */
	u64 text_begin; /* the Go text: what lies outside is C */
	u64 text_end;
	u32 tgid;            /* the target's, in its own pid namespace */
	u32 elem_in_waiting; /* g.waiting is set for semaphores too (Go 1.26+, sema.go queue) */
	u32 systemstack_has_frame; /* runtime.systemstack pushes rbp (Go 1.21+, asm_amd64.s) */
	u32 coroutine_reason;      /* the wait reason "coroutine" */
	u32 blocks;                /* blocks and wakes are told */
	u32 lives;                 /* creations and exits are told */
	u32 calls;                 /* system calls are */
	u32 call_slots;            /* of a CPU, a power of two */
	u32 parked_bits;           /* parked_slots has 2^bits slots */
	u32 totals_slots;          /* of a lane, a power of two */
	u32 no_lane; /* behind the lanes: one that nobody enters, its window is empty */
	struct go_layout go;
};

/* Values of the maps that user space reads. */

/* One goroutine's block that has not ended. */
struct parked {
	u64 since; /* CLOCK_MONOTONIC ns; 0: not parked */
	u64 stack; /* hash of the innermost frames; 0: not walked */
	u64 reason;
	u64 object; /* semaphore or notifyList; 0: none, or one that can be told at the wake */
};

struct parked_slot {
	u64 g;
	u64 claims; /* by how many g's; it belongs to the first, if that came alone */
	struct parked parked;
};

/* The slot for a g: Fibonacci hashing, since g's lie a few size classes apart. */
static inline u32 parked_index(u64 g, u32 bits)
{
	return (u32)((g * 0x9e3779b97f4a7c15ull) >> (64 - bits));
}

#define LANES_PER_CPU 2
#define WAIT_REASONS 64   /* more than any Go version has; a power of two */
#define STACK_WINDOW 1024 /* bytes of a stack read at once: some ten frames */

/* See lane.bpf.h. */
struct lane {
	u64 users;
	u64 seen; /* blocks that ended; of call_lanes: system calls that returned */
	u64 filtered;
	/* Of call_lanes, while measure_calls was set: what noting calls took, and adding them up, and how
	 * much of it was one reading of the clock a call. */
	u64 begun_ns; /* when the one that runs now began */
	u64 entering_ns;
	u64 leaving_ns;
	u64 clock_ns;
	u64 head[G_HEAD_SIZE / 8];
	u64 window_at; /* what address the window was read from; 0: it was not */
	u64 window[STACK_WINDOW / 8];
};

/* Blocks with one wait reason and the same innermost frames. */
struct totals {
	u64 stack; /* hash of the frames; 0: of all that had no room in the table */
	u64 reason;
	u64 frames[TOTALS_FRAMES]; /* innermost first; zeros behind the last */
	u64 count;
	u64 sum_ns;
	u64 max_ns;
	u64 slots[HISTOGRAM_SLOTS];
};

/* A system call that a thread is in. */
struct call {
	u64 since; /* CLOCK_MONOTONIC ns; 0: in none */
	u64 key;   /* CALL_KEY */
	u64 goid;  /* 0: none */
	u64 stack; /* hash of `frames` */
	u64 args[6];
	u64 frames[TOTALS_FRAMES]; /* innermost first; zeros behind the last */
	/* Where the walk goes on behind frames[0], for a stack that is wanted as a whole. */
	u64 bp;
	u64 lo;
	u64 hi;
};

/* Calls by the thread that is in them: the slot at tid % CALL_THREADS, if that is its own. */
#define CALL_THREADS 8192
struct call_slot {
	u64 tid;
	u64 claims; /* by how many threads; it belongs to the first, if that came alone */
	struct call call;
};

/* A system call's number, and whose it is (enum syscall_origin). */
#define CALL_KEY(number, origin) ((u64)(origin) << 32 | (u32)(number))
#define CALL_NUMBER(key) ((u32)(key))
#define CALL_ORIGIN(key) ((u32)((key) >> 32))

/* Calls with one key and the same innermost frames. */
struct call_totals {
	u64 stack; /* hash of the frames; 0: of all that had no room in the table */
	u64 key;
	u64 frames[TOTALS_FRAMES];
	u64 count;
	u64 errors;
	u64 sum_ns;
	u64 max_ns;
	u64 slots[HISTOGRAM_SLOTS];
	u64 goid; /* of the goroutine that was noted last in call_goroutines */
};

struct call_error {
	u64 key;
	u64 error; /* errno */
};

struct call_goroutine {
	u64 goid;
	u64 key;
};

/* Sockets other than TCP, by the stack that made them. */
struct socket_maker {
	u64 stack;
	u64 kind; /* enum socket_kind */
};

struct loss_counts {
	u64 seen;
	u64 delivered;
	u64 dropped;
	u64 filtered;
};

#ifdef __cplusplus
}  // namespace gosnoop::wire
#endif

#endif /* GOSNOOP_BPF_CONFIG_H */
