/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/*
 * The wire contract: every record that leaves the kernel, and every record gosnoop adds to them
 * before they are analyzed or written to a recording. Read by C (BPF) and C++.
 *
 * Fixed widths, explicit padding, host byte order (little-endian). A record is a header, whose
 * `size` is that of the whole record, and a body fixed by `kind`; variable parts come last.
 * Times are CLOCK_MONOTONIC nanoseconds. Addresses are those of the running target. A stack is
 * named by the 64-bit hash of its frames; 0 means there is none.
 */
#ifndef GOSNOOP_BPF_EVENTS_H
#define GOSNOOP_BPF_EVENTS_H

#ifdef __cplusplus
#include <cstdint>
namespace gosnoop::wire {
typedef std::uint8_t u8;
typedef std::uint16_t u16;
typedef std::uint32_t u32;
typedef std::uint64_t u64;
#define GOSNOOP_ASSERT(condition) static_assert(condition)
#define WIRE_TAIL(type, name) /* C++ has no flexible array members */
#else
/* u8 … u64 come from common.bpf.h */
#define GOSNOOP_ASSERT(condition) _Static_assert(condition, #condition)
#define WIRE_TAIL(type, name) type name[];
#endif

#define WIRE_VERSION 1

#define MAX_STACK_FRAMES 64 /* of a creation, a waker or a streamed block */
#define TOTALS_FRAMES 8     /* innermost frames that blocking totals are kept by */
#define HISTOGRAM_SLOTS 40  /* slot i: 2^(i-1) <= ns < 2^i; slot 0: 0 ns; the last: all longer */

/* The hash that names a stack: WIRE_HASH_SEED, then each frame from the innermost on. */
#define WIRE_HASH_SEED 0x9e3779b97f4a7c15ull

static inline u64 wire_hash(u64 hash, u64 pc)
{
	hash = (hash ^ pc) * 0xff51afd7ed558ccdull;
	return hash ^ (hash >> 32);
}

enum wire_kind {
	/* from BPF, through the ring buffer */
	WIRE_GO_CREATE = 1,
	WIRE_GO_BLOCK = 2,
	WIRE_GO_EXIT = 3,
	WIRE_STACK = 4,
	WIRE_SYSCALL = 5,
	WIRE_TCP = 6,
	/* added by gosnoop */
	WIRE_TARGET = 16,
	WIRE_WINDOW_START = 17,
	WIRE_WINDOW_END = 18,
	WIRE_SYMBOL = 19,
	WIRE_SNAPSHOT_BEGIN = 20,
	WIRE_GO_STATE = 21,
	WIRE_SNAPSHOT_END = 22,
	WIRE_BLOCK_TOTALS = 23,
	WIRE_LOSS = 24,
	WIRE_SYSCALL_NAME = 25,
	WIRE_SYSCALL_TOTALS = 26,
	WIRE_SYSCALL_ERRORS = 27,
	WIRE_SYSCALL_GOROUTINES = 28,
	WIRE_GOIDS = 29,
	WIRE_TCP_TOTALS = 32,
	WIRE_SOCKETS_MADE = 33,
	WIRE_WAIT_SOCKET = 34,
	WIRE_GO_SOCKET = 35,
	WIRE_PROBE_COST = 36,
};

struct wire_header {
	u16 kind; /* enum wire_kind */
	u16 cpu;
	u32 size; /* of the whole record, header included; a multiple of 8 */
	u64 time_ns;
};

#define CREATE_PARKED 1u /* starts out waiting: a coroutine (iter.Pull) */

/* A goroutine was created. */
struct wire_go_create {
	struct wire_header header;
	u64 goid;
	u64 parent_goid; /* 0: created by the runtime itself, outside any goroutine */
	u64 start_pc;    /* entry of its first function */
	u64 go_pc;       /* return address of the go statement */
	u64 stack;       /* of the creator; innermost frame is the function with the go statement */
	u32 flags;
	u32 pad;
};

enum waker_kind {
	WAKER_UNKNOWN = 0,
	WAKER_GOROUTINE = 1,
	WAKER_NETPOLL = 2,
	WAKER_TIMER = 3,
	WAKER_RUNTIME = 4, /* GC, sysmon, or a park that was called off */
};

/* A goroutine had waited and was made runnable; time_ns is the wake. */
struct wire_go_block {
	struct wire_header header;
	u64 goid;
	u64 duration_ns;
	u64 stack;  /* of the waiter, innermost first */
	u64 object; /* what it waited for: hchan, semaphore, notifyList, pollDesc; 0: unknown */
	u64 waker_goid;
	u64 waker_stack;
	u8 reason; /* g.waitreason: index into the target's wait reasons */
	u8 waker;  /* enum waker_kind */
	u8 pad[2];
	u32 socket; /* inode of the one that the pollDesc is of; 0: none, or not known */
};

struct wire_go_exit {
	struct wire_header header;
	u64 goid;
};

/* Sent once for each distinct stack, before or after the first record that names it. */
struct wire_stack {
	struct wire_header header;
	u64 hash;
	u32 count; /* frames that follow */
	u32 truncated;
	WIRE_TAIL(u64, frames) /* return addresses, innermost first */
};

/* What is traced: a JSON document of `size - sizeof` bytes, padded with zeros. */
struct wire_target {
	struct wire_header header;
	WIRE_TAIL(char, json)
};

/* The probes are in and active; time_ns is the first moment that is observed. */
struct wire_window_start {
	struct wire_header header;
	u64 wall_clock_ns; /* CLOCK_REALTIME at time_ns */
};

enum window_end {
	WINDOW_COMPLETE = 0, /* the duration asked for, or Ctrl-C */
	WINDOW_TARGET_EXITED = 1,
	WINDOW_TARGET_EXECED = 2,
	WINDOW_TOO_COSTLY = 3, /* the probes took more than --max-cost */
};

struct wire_window_end {
	struct wire_header header;
	u32 reason; /* enum window_end */
	u32 pad;
};

/* Source lines of one pc, innermost (inlined) first: `count` times {u32 line, u16 function_size,
 * u16 file_size, function, file}, unpadded. */
struct wire_symbol {
	struct wire_header header;
	u64 pc;
	u32 count;
	u32 pad;
	WIRE_TAIL(char, lines)
};

/* The goroutine table was read from the target's memory, between this record and its end record. */
struct wire_snapshot_begin {
	struct wire_header header; /* time_ns: reading began */
};

#define STATE_SYSTEM 1u /* belongs to the runtime; runtime.NumGoroutine does not count it */
#define STATE_TIMED 2u  /* it receives from a timer's or ticker's channel */

/* One live goroutine of a snapshot. */
struct wire_go_state {
	struct wire_header header; /* time_ns: when it was read */
	u64 goid;
	u64 parent_goid;
	u64 start_pc;
	u64 go_pc;
	u64 stack;
	u64 since_ns; /* parked since, at the latest; 0: unknown */
	u8 status;    /* g.atomicstatus without _Gscan: 1 runnable, 2 running, 4 waiting … */
	u8 reason;
	u8 pad[2];
	u32 flags;
};

struct wire_snapshot_end {
	struct wire_header header; /* time_ns: reading ended */
	u64 goroutines;            /* records sent */
	u64 unreadable;            /* live goroutines that could not be read consistently */
};

/* Within a snapshot: how many goroutine ids the runtime had given away by then. */
struct wire_goids {
	struct wire_header header;
	u64 given;
};

/* Cumulative since the window's start; a later record for the same (stack, reason) replaces it. */
struct wire_block_totals {
	struct wire_header header;
	u64 stack; /* innermost TOTALS_FRAMES; 0: all stacks the kernel table had no room for */
	u64 reason;
	u64 count;
	u64 sum_ns;
	u64 max_ns;
	u64 slots[HISTOGRAM_SLOTS];
};

/* On whose behalf a system call was made. */
enum syscall_origin {
	ORIGIN_GOROUTINE = 0, /* a goroutine, or C code that one called */
	ORIGIN_RUNTIME = 1,   /* the runtime itself, on a thread's g0 or in a signal handler */
	ORIGIN_FOREIGN = 2,   /* a thread without a goroutine, or it could not be told */
};

#define SYSCALL_IN_FLIGHT 1u  /* it had not returned; duration_ns is its age */
#define SYSCALL_OLDER 4u      /* it began before the window: its age is at least that */
#define SYSCALL_FILE_KNOWN 2u /* file_inode is that of the file that args[0] named as it returned */

#define SYSCALL_WITH_PATHS                                                                         \
	8u /* SYSCALL_PATHS times wire_path follows, not text: only from the kernel to gosnoop */

#define SYSCALL_PATHS 2
#define PATH_SHOWN 256 /* bytes, with the zero at its end; what is longer is cut */

/* A path among the arguments, as it was in memory when the call returned. */
struct wire_path {
	u32 argument; /* index in args */
	u32 size;     /* of the text */
	u8 known;     /* 0: there is none, or it could not be read */
	u8 truncated; /* it is longer than that */
	u8 pad[6];
	char text[PATH_SHOWN];
};

/* A system call returned (time_ns), or is in flight at time_ns. */
struct wire_syscall {
	struct wire_header header;
	u64 goid; /* 0: none */
	u64 duration_ns;
	u64 stack; /* from the function that calls the kernel on */
	u64 args[6];
	u64 result; /* negative errno where it failed, as the kernel returns it */
	u64 file_inode;
	u32 number;
	u32 tid; /* as the kernel knows it */
	u32 flags;
	u16 origin; /* enum syscall_origin */
	u16 pad;
	WIRE_TAIL(char, text) /* the call as a line, added by gosnoop, padded with zeros */
};

/* What the target's architecture calls the number. */
struct wire_syscall_name {
	struct wire_header header;
	u32 number;
	u32 pad;
	WIRE_TAIL(char, name) /* padded with zeros */
};

/* Cumulative since the window's start; a later record for the same (stack, number, origin) replaces
 * it. */
struct wire_syscall_totals {
	struct wire_header header;
	u64 stack; /* innermost TOTALS_FRAMES; 0: all the kernel table had no room for */
	u32 number;
	u32 origin;
	u64 count;
	u64 errors;
	u64 sum_ns;
	u64 max_ns;
	u64 slots[HISTOGRAM_SLOTS];
};

/* Cumulative, as above, for (number, origin, error). */
struct wire_syscall_errors {
	struct wire_header header;
	u32 number;
	u32 origin;
	u64 error; /* errno */
	u64 count;
};

#define SYSCALL_GOROUTINES_SHOWN 8

/* The goroutines that made a call, as above. */
struct wire_syscall_goroutines {
	struct wire_header header;
	u32 number;
	u32 complete; /* 0: there were more, which the kernel table had no room for */
	u64 count;
	u64 goids
		[SYSCALL_GOROUTINES_SHOWN]; /* the lowest of them, ascending; zeros behind the last */
};

enum tcp_role { TCP_ROLE_UNKNOWN = 0, TCP_CLIENT = 1, TCP_SERVER = 2 };

/* Who ended a connection first. */
enum tcp_closer {
	TCP_CLOSER_NONE = 0,
	TCP_CLOSER_LOCAL = 1,
	TCP_CLOSER_REMOTE = 2,
	TCP_CLOSER_TIMEOUT = 3, /* nobody: the peer did not answer any more */
};

#define TCP_HELD 1u     /* a descriptor of the target names the socket */
#define TCP_MEASURED 2u /* state, bytes, RTT and retransmits are those of time_ns */
#define TCP_ENDED 4u    /* the kernel has forgotten the socket */
#define TCP_AT_EXIT 8u  /* it was closed as the target ended */
#define TCP_UNSEEN                                                                                 \
	16u /* … and no record of that is known to have come: of no interest where one has */

/* What a record of a connection tells of. */
enum tcp_event {
	TCP_STATUS = 0, /* gosnoop looked at it */
	TCP_CONNECTED = 1,
	TCP_ACCEPTED = 2,
	TCP_PEER_CLOSED = 3, /* the peer's FIN came before the target's close */
	TCP_RETRANSMITTED = 4,
	TCP_RESET_SENT = 5,
	TCP_RESET_RECEIVED = 6,
	TCP_OVER = 7, /* it ended, or the connect failed: the last of it */
};

/* All that is known of one connection; a later record of the same (id, opened_ns) replaces it. Also
 * the value of the BPF tables of connections. */
struct wire_tcp {
	struct wire_header header;
	u64 id;               /* the socket's inode; 0: it was gone before it could be told */
	u64 opened_ns;        /* connect was called or accept returned; 0: before the window */
	u64 established_ns;   /* 0: not, or before the window */
	u64 remote_closed_ns; /* the peer's FIN came; 0: not, or before the window */
	u64 closed_ns;        /* 0: not yet */
	u64 goid;             /* that opened it; 0: unknown */
	u64 parent_goid;      /* that created that goroutine; 0: unknown */
	u64 go_pc;            /* return address of its go statement; 0: unknown */
	u64 stack;            /* that opened it; 0: unknown */
	u64 bytes_sent;       /* payload, without retransmits */
	u64 bytes_received;
	u32 srtt_us; /* 0: no sample yet */
	u32 retransmits;
	u32 resets_sent;
	u32 resets_received;
	u32 error; /* errno that connect failed or the connection ended with; 0: none */
	u32 flags;
	u16 local_port;
	u16 remote_port;
	u8 role;   /* enum tcp_role */
	u8 closer; /* enum tcp_closer */
	u8 state;  /* include/net/tcp_states.h; 0: unknown */
	u8 failed; /* connect failed; `error` 0: the program gave up before an answer */
	u8 event;  /* enum tcp_event */
	u8 pad[7];
	u8 local[16]; /* IPv4 addresses as ::ffff:a.b.c.d */
	u8 remote[16];
};

/* Why connects failed. */
enum tcp_failure {
	TCP_REFUSED = 0,
	TCP_TIMED_OUT = 1,
	TCP_UNREACHABLE = 2,
	TCP_RESET = 3,
	TCP_GAVE_UP =
		4, /* the program closed the socket before an answer, as a dial's timeout does */
	TCP_OTHER = 5,
	TCP_FAILURES = 6
};

/* Cumulative since the window's start, whatever the ring had room for; replaces the one before. */
struct wire_tcp_totals {
	struct wire_header header;
	u64 attempted; /* connects */
	u64 connected;
	u64 failed[TCP_FAILURES];
	u64 accepted;
	u64 retransmits;
	u64 resets_sent;
	u64 resets_received;
	u64 latency_sum_ns; /* of the connects that succeeded */
	u64 latency_max_ns;
	u64 latency[HISTOGRAM_SLOTS];
};

enum socket_kind { SOCKET_UNIX = 0, SOCKET_UDP = 1, SOCKET_KINDS = 2 };

/* Sockets made at one place; cumulative, replaces the one of the same (stack, kind). */
struct wire_sockets_made {
	struct wire_header header;
	u64 stack;
	u64 kind; /* enum socket_kind */
	u64 count;
};

/* A socket that goroutines wait for, before the first record that names it by its inode. */
struct wire_wait_socket {
	struct wire_header header;
	u64 inode;
	u16 local_port;
	u16 remote_port; /* 0: it listens, or has no peer */
	u32 pad;
	u8 local[16]; /* IPv4 addresses as ::ffff:a.b.c.d */
	u8 remote[16];
};

#define SOCKET_MEASURED 1u /* srtt_us and retransmits are known: it is a TCP connection */

/* A goroutine of the last snapshot still waits for the network, with this socket. A later record of
 * the same goroutine replaces it. */
struct wire_go_socket {
	struct wire_header header; /* time_ns: at the latest when it was looked at */
	u64 goid;
	u32 fd;
	u32 flags;
	u32 srtt_us; /* 0: no sample yet */
	u32 retransmits;
	WIRE_TAIL(char, peer) /* whom it leads to, as a report shows it; padded with zeros */
};

/* What probes cost the target's threads, measured in samples of the window. Cumulative; replaces the one
 * before. */
struct wire_probe_cost {
	struct wire_header header;
	u64 measured_ns; /* how long was measured */
	u64 hits;        /* of uprobes in that time */
	u64 run_ns;      /* that BPF programs ran for them */
	u64 trap_ns;     /* that a hit takes besides, by calibration; 0: not known */
	u64 calls;       /* system calls of the target that were told in that time */
	u64 calls_ns;    /* that telling them took */
	u64 others_ns;   /* that the tracepoints took of all other processes' threads */
};

enum loss_kind {
	LOSS_CREATE = 0,
	LOSS_BLOCK = 1,
	LOSS_EXIT = 2,
	LOSS_STACK = 3,
	LOSS_SYSCALL = 4,
	LOSS_TCP = 5,
	LOSS_KINDS = 6
};

/* Cumulative; a later record for the same (what, cpu) replaces it.
 * seen = delivered + dropped + filtered; of blocks only over all CPUs, since a lane may be of another. */
struct wire_loss {
	struct wire_header header; /* header.cpu: the CPU counted */
	u64 what;                  /* enum loss_kind */
	u64 seen;
	u64 delivered; /* put into the ring */
	u64 dropped;   /* the ring, or a kernel table, had no room */
	u64 filtered;  /* left out on purpose: shorter than --min-block (still in the totals) */
};

GOSNOOP_ASSERT(sizeof(struct wire_header) == 16);
GOSNOOP_ASSERT(sizeof(struct wire_go_create) == 64);
GOSNOOP_ASSERT(sizeof(struct wire_go_block) == 72);
GOSNOOP_ASSERT(sizeof(struct wire_go_exit) == 24);
GOSNOOP_ASSERT(sizeof(struct wire_stack) == 32);
GOSNOOP_ASSERT(sizeof(struct wire_target) == 16);
GOSNOOP_ASSERT(sizeof(struct wire_window_start) == 24);
GOSNOOP_ASSERT(sizeof(struct wire_window_end) == 24);
GOSNOOP_ASSERT(sizeof(struct wire_symbol) == 32);
GOSNOOP_ASSERT(sizeof(struct wire_snapshot_begin) == 16);
GOSNOOP_ASSERT(sizeof(struct wire_go_state) == 72);
GOSNOOP_ASSERT(sizeof(struct wire_snapshot_end) == 32);
GOSNOOP_ASSERT(sizeof(struct wire_goids) == 24);
GOSNOOP_ASSERT(sizeof(struct wire_block_totals) == 56 + 8 * HISTOGRAM_SLOTS);
GOSNOOP_ASSERT(sizeof(struct wire_loss) == 56);
GOSNOOP_ASSERT(sizeof(struct wire_syscall) == 120);
GOSNOOP_ASSERT(sizeof(struct wire_path) == 16 + PATH_SHOWN);
GOSNOOP_ASSERT(sizeof(struct wire_syscall_name) == 24);
GOSNOOP_ASSERT(sizeof(struct wire_syscall_totals) == 64 + 8 * HISTOGRAM_SLOTS);
GOSNOOP_ASSERT(sizeof(struct wire_syscall_errors) == 40);
GOSNOOP_ASSERT(sizeof(struct wire_syscall_goroutines) == 32 + 8 * SYSCALL_GOROUTINES_SHOWN);
GOSNOOP_ASSERT(sizeof(struct wire_tcp) == 176);
GOSNOOP_ASSERT(sizeof(struct wire_tcp_totals) == 80 + 8 * (TCP_FAILURES + HISTOGRAM_SLOTS));
GOSNOOP_ASSERT(sizeof(struct wire_wait_socket) == 64);
GOSNOOP_ASSERT(sizeof(struct wire_sockets_made) == 40);
GOSNOOP_ASSERT(sizeof(struct wire_go_socket) == 40);
GOSNOOP_ASSERT(sizeof(struct wire_probe_cost) == 72);

#ifdef __cplusplus
}  // namespace gosnoop::wire
#endif

#endif /* GOSNOOP_BPF_EVENTS_H */
