/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* TCP connections of the target. What the network does to one happens in interrupts, under whatever
 * process is running: so a connection belongs to the target because the target called connect or
 * accept, and every later event finds it by its struct sock, for as long as the kernel has that.
 *
 * Of the system calls only the returns of connect, accept and socket are watched. A close or shutdown shows in the
 * state: FIN_WAIT1 is entered by the program, CLOSE_WAIT by the peer. */
#ifndef GOSNOOP_BPF_TCP_H
#define GOSNOOP_BPF_TCP_H

#include "sock.bpf.h"
#include "totals.bpf.h"

#define ECONNREFUSED 111
#define ECONNRESET 104
#define ETIMEDOUT 110
#define ENETUNREACH 101
#define EHOSTUNREACH 113
#define EINTR 4
#define EAGAIN 11
#define EISCONN 106
#define EALREADY 114
#define EINPROGRESS 115

static __always_inline struct wire_tcp_totals *totals_of_tcp(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&tcp_totals, &zero);
}

/* Adds one to a counter of the totals. */
#define COUNT_TCP(counter)                                                                         \
	do {                                                                                       \
		struct wire_tcp_totals *totals_ = totals_of_tcp();                                 \
		if (totals_)                                                                       \
			COUNT(totals_->counter);                                                   \
	} while (0)

/* The goroutine that this thread works for, also while it runs C code; 0: none. */
static __always_inline u64 goroutine_of_thread(u64 g)
{
	u64 m = g ? read_u64(g + config.go.g_m) : 0;
	u64 curg = m ? read_u64(m + config.go.m_curg) : 0;

	return curg && read_u64(curg + config.go.g_m) == m ? curg : 0;
}

/* The kernel's walk by frame pointers, straight into the ring; taken back where the stack is known.
 * Without its innermost caller where the function at the system call has no frame: that one is the
 * syscall package's own. Returns the hash; 0: none. */
static __noinline u64 send_user_stack(void *ctx)
{
	const u64 room = 8 * MAX_STACK_FRAMES;
	struct wire_stack *record = bpf_ringbuf_reserve(&ring, sizeof(*record) + room, 0);
	u64 hash = WIRE_HASH_SEED;
	u32 count;
	long size;

	if (!record) {
		count_seen(LOSS_STACK);
		count_dropped(LOSS_STACK);
		return 0;
	}
	size = bpf_get_stack(ctx, record->frames, room, BPF_F_USER_STACK);
	count = size > 0 ? (u32)size / 8 : 0;
	for (u32 i = 0; i < MAX_STACK_FRAMES && i < count; i++)
		hash = wire_hash(hash, record->frames[i]);
	if (!count || bpf_map_lookup_elem(&sent_stacks, &hash)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		return count ? hash : 0;
	}
	count_seen(LOSS_STACK);
	count_delivered(LOSS_STACK);
	record->header.kind = WIRE_STACK;
	record->header.cpu = bpf_get_smp_processor_id();
	record->header.size = sizeof(*record) + 8 * count;
	record->header.time_ns = bpf_ktime_get_ns();
	record->hash = hash;
	record->count = count;
	record->truncated = count == MAX_STACK_FRAMES;
	submit(record);
	bpf_map_update_elem(&sent_stacks, &hash, &count, BPF_ANY);
	return hash;
}

/* C keeps no frame pointers, but asmcgocall saved those of the goroutine that called it in g.sched
 * (asm_amd64.s, gosave_systemstack_switch). */
static __noinline u64 send_stack_behind_c(u64 goroutine)
{
	struct walk walk;

	return walk_saved(&walk, goroutine, true) ? intern_stack(&walk, config.no_lane) : 0;
}

struct opener {
	u64 goid;
	u64 parent_goid;
	u64 go_pc;
	u64 stack;
};

static __always_inline void find_opener(struct opener *opener, void *ctx)
{
	u64 g = read_u64(tls_slot_of_thread());
	u64 goroutine = goroutine_of_thread(g);

	opener->goid = goroutine ? read_u64(goroutine + config.go.g_goid) : 0;
	opener->go_pc = goroutine ? read_u64(goroutine + config.go.g_gopc) : 0;
	opener->parent_goid = goroutine && config.go.g_parent_goid
				      ? read_u64(goroutine + config.go.g_parent_goid)
				      : 0;
	opener->stack =
		goroutine && goroutine != g ? send_stack_behind_c(goroutine) : send_user_stack(ctx);
}

static __always_inline void begin_connection(struct wire_tcp *tcp, struct opener *opener, u8 role)
{
	tcp->opened_ns = bpf_ktime_get_ns();
	tcp->goid = opener->goid;
	tcp->parent_goid = opener->parent_goid;
	tcp->go_pc = opener->go_pc;
	tcp->stack = opener->stack;
	tcp->role = role;
	tcp->flags = TCP_HELD;
}

static __always_inline void describe_socket(struct wire_tcp *tcp, struct sock *sk)
{
	tcp->id = inode_of_sock(sk);
	tcp->state = BPF_CORE_READ(sk, __sk_common.skc_state);
	READ_ENDS(tcp, sk);
}

static __always_inline void add_connection(struct wire_tcp *tcp, struct sock *sk)
{
	u64 key = (u64)sk;

	if (!bpf_map_update_elem(&connections, &key, tcp, BPF_ANY))
		return;
	count_seen(LOSS_TCP); /* no room: it is in the totals only */
	count_dropped(LOSS_TCP);
}

/* As it is now, with what happened to it. */
static __noinline int tell(struct wire_tcp *tcp, u8 event)
{
	struct wire_tcp *record;

	count_seen(LOSS_TCP);
	record = reserve(LOSS_TCP, WIRE_TCP, sizeof(*record), bpf_ktime_get_ns());
	if (!record)
		return 0;
	tcp->header = record->header;
	*record = *tcp;
	record->event = event;
	submit(record);
	return 0;
}

static __always_inline void tell_end(struct wire_tcp *tcp)
{
	tcp->flags |= TCP_ENDED;
	tcp->flags &= ~TCP_HELD;
	tell(tcp, TCP_OVER);
}

/* Of a socket older than the window, which gosnoop named by its inode. */
static __noinline struct wire_tcp *adopt(struct sock *sk)
{
	u64 key = (u64)sk, inode = inode_of_sock(sk);
	struct wire_tcp *older = inode ? bpf_map_lookup_elem(&older_connections, &inode) : NULL;

	if (!older || bpf_map_update_elem(&connections, &key, older, BPF_NOEXIST))
		return NULL;
	bpf_map_delete_elem(&older_connections, &inode);
	return bpf_map_lookup_elem(&connections, &key);
}

static __always_inline struct wire_tcp *find_connection(struct sock *sk)
{
	u64 key = (u64)sk;
	struct wire_tcp *tcp;

	if (!active || !sk)
		return NULL;
	tcp = bpf_map_lookup_elem(&connections, &key);
	return tcp ? tcp : adopt(sk);
}

static __always_inline u32 failure_of(u32 error)
{
	switch (error) {
	case 0:
		return TCP_GAVE_UP;
	case ECONNREFUSED:
		return TCP_REFUSED;
	case ETIMEDOUT:
		return TCP_TIMED_OUT;
	case ENETUNREACH:
	case EHOSTUNREACH:
		return TCP_UNREACHABLE;
	case ECONNRESET:
		return TCP_RESET;
	}
	return TCP_OTHER;
}

static __always_inline void count_failure(u32 error)
{
	struct wire_tcp_totals *totals = totals_of_tcp();
	u32 failure = failure_of(error);

	if (totals && failure < TCP_FAILURES)
		COUNT(totals->failed[failure]);
}

static __always_inline void count_latency(u64 ns)
{
	struct wire_tcp_totals *totals = totals_of_tcp();
	u32 slot = histogram_slot(ns);

	if (!totals || slot >= HISTOGRAM_SLOTS)
		return;
	COUNT(totals->connected);
	COUNT(totals->latency[slot]);
	__sync_fetch_and_add(&totals->latency_sum_ns, ns);
	if (ns > totals->latency_max_ns)
		totals->latency_max_ns = ns;
}

/* SYN_SENT is entered in connect(2), by the thread that called it (net/ipv4/tcp_ipv4.c,
 * tcp_v4_connect). */
static __always_inline void begin_connect(void *ctx, struct sock *sk)
{
	u64 thread = (u32)bpf_get_current_pid_tgid(), key = (u64)sk;
	struct wire_tcp tcp = {}, *before = find_connection(sk);
	struct opener opener;

	if (before) /* a socket may try again where it failed */
		tell_end(before);
	find_opener(&opener, ctx);
	begin_connection(&tcp, &opener, TCP_CLIENT);
	describe_socket(&tcp, sk);
	tcp.state = TCP_SYN_SENT;
	COUNT_TCP(attempted);
	add_connection(&tcp, sk);
	bpf_map_update_elem(&connecting, &thread, &key, BPF_ANY);
}

static __always_inline void end_connect(struct wire_tcp *tcp, struct sock *sk)
{
	tcp->established_ns = bpf_ktime_get_ns();
	READ_ENDS(tcp, sk); /* the local port is chosen after SYN_SENT */
	if (tcp->opened_ns)
		count_latency(tcp->established_ns - tcp->opened_ns);
	measure(tcp, sk);
	tell(tcp, TCP_CONNECTED);
}

/* SYN_SENT or SYN_RECV -> CLOSE. With neither an error nor a close, connect(2) is still at it and returns why:
 * on_connect_exit sees to that. */
static __always_inline void fail_connect(struct wire_tcp *tcp, struct sock *sk)
{
	u64 thread = (u32)bpf_get_current_pid_tgid(), key = (u64)sk;

	if (!tcp->error && BPF_CORE_READ(sk, sk_shutdown) != SHUTDOWN_MASK) {
		bpf_map_delete_elem(&connecting, &thread);
		bpf_map_delete_elem(&connections, &key);
		struct wire_tcp_totals *totals = totals_of_tcp();
		if (totals)
			__sync_fetch_and_add(&totals->attempted, -1);
		return;
	}
	tcp->failed = 1;
	count_failure(tcp->error);
}

/* Who ended it, where it goes from ESTABLISHED to CLOSE in one step. */
static __always_inline u8 closer_of(struct wire_tcp *tcp, struct sock *sk)
{
	if (tcp->resets_received)
		return TCP_CLOSER_REMOTE;
	if (tcp->error == ETIMEDOUT)
		return TCP_CLOSER_TIMEOUT;
	return BPF_CORE_READ(sk, sk_shutdown) == SHUTDOWN_MASK ? TCP_CLOSER_LOCAL : TCP_CLOSER_NONE;
}

/* The last thread to exit closes what is open (kernel/exit.c, do_exit). */
static __always_inline void note_exit_of_target(struct wire_tcp *tcp)
{
	struct task_struct___signal *task = (void *)bpf_get_current_task();

	if (is_target() && !BPF_CORE_READ(task, signal, live.counter))
		tcp->flags |= TCP_AT_EXIT;
}

static __always_inline void end_connection(struct wire_tcp *tcp, struct sock *sk, int before)
{
	if (!tcp->closed_ns)
		tcp->closed_ns = bpf_ktime_get_ns();
	tcp->error = BPF_CORE_READ(sk, sk_err);
	/* SYN_RECV: the peer connects at the same moment (net/ipv4/tcp_input.c,
	 * tcp_rcv_synsent_state_process). What a listener has in that state is not known here yet. */
	if (before == TCP_SYN_SENT || before == TCP_SYN_RECV) {
		READ_ENDS(tcp, sk);
		fail_connect(tcp, sk);
		return;
	}
	measure(tcp, sk);
	if (!tcp->closer)
		tcp->closer = closer_of(tcp, sk);
}

static __always_inline void change_state(struct wire_tcp *tcp, struct sock *sk, int before,
					 int after)
{
	tcp->state = after;
	note_exit_of_target(tcp);
	if (after == TCP_ESTABLISHED)
		end_connect(tcp, sk);
	else if (after == TCP_CLOSE)
		end_connection(tcp, sk, before);
	else if (after == TCP_FIN_WAIT1 && !tcp->closer)
		tcp->closer = TCP_CLOSER_LOCAL;
	else if (after == TCP_CLOSE_WAIT) {
		tcp->remote_closed_ns = bpf_ktime_get_ns();
		if (!tcp->closer)
			tcp->closer = TCP_CLOSER_REMOTE;
		measure(tcp, sk);
		tell(tcp, TCP_PEER_CLOSED);
	}
}

/* States that only connect, close and shutdown lead to: not interrupts. */
static __always_inline bool is_own_state(int state)
{
	return state == TCP_SYN_SENT || state == TCP_FIN_WAIT1 || state == TCP_LAST_ACK;
}

/* Two programs, because the kernel does not run one that it interrupts on the same CPU (__bpf_trace_run):
 * so what interrupts do to connections is seen also while a system call is at its own. */
SEC("raw_tp/inet_sock_set_state")
int on_tcp_own_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	int before = ctx->args[1], after = ctx->args[2];
	struct wire_tcp *tcp;

	if (!is_own_state(after))
		return 0;
	if (after == TCP_SYN_SENT) {
		if (is_target() && is_tcp(sk))
			begin_connect(ctx, sk);
		return 0;
	}
	tcp = find_connection(sk);
	if (tcp)
		change_state(tcp, sk, before, after);
	return 0;
}

SEC("raw_tp/inet_sock_set_state")
int on_tcp_state(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	int before = ctx->args[1], after = ctx->args[2];
	struct wire_tcp *tcp;

	if (is_own_state(after))
		return 0;
	tcp = find_connection(sk);
	if (tcp)
		change_state(tcp, sk, before, after);
	return 0;
}

SEC("raw_tp/tcp_retransmit_skb")
int on_tcp_retransmit(struct bpf_raw_tracepoint_args *ctx)
{
	struct sock *sk = (void *)ctx->args[0];
	struct wire_tcp *tcp = find_connection(sk);

	if (!tcp)
		return 0;
	COUNT_TCP(retransmits);
	if (!tcp->local_port) /* it has one since its first SYN */
		READ_ENDS(tcp, sk);
	measure(tcp, sk);
	return tell(tcp, TCP_RETRANSMITTED);
}

SEC("raw_tp/tcp_receive_reset")
int on_tcp_receive_reset(struct bpf_raw_tracepoint_args *ctx)
{
	struct wire_tcp *tcp = find_connection((void *)ctx->args[0]);

	if (!tcp || tcp->state == TCP_SYN_SENT) /* that is how a connect is refused */
		return 0;
	tcp->resets_received++;
	COUNT_TCP(resets_received);
	return tell(tcp, TCP_RESET_RECEIVED);
}

SEC("raw_tp/tcp_send_reset")
int on_tcp_send_reset(struct bpf_raw_tracepoint_args *ctx)
{
	struct wire_tcp *tcp = find_connection((void *)ctx->args[0]);

	if (!tcp)
		return 0;
	tcp->resets_sent++;
	COUNT_TCP(resets_sent);
	return tell(tcp, TCP_RESET_SENT);
}

/* The last that is seen of a socket: its memory may be another one's from here on. */
SEC("raw_tp/tcp_destroy_sock")
int on_tcp_destroy(struct bpf_raw_tracepoint_args *ctx)
{
	u64 key = ctx->args[0];
	struct sock *sk = (void *)key;
	struct wire_tcp *tcp = find_connection(sk);

	if (!tcp)
		return 0;
	measure(tcp, sk);
	tcp->state = TCP_CLOSE;
	tell_end(tcp);
	bpf_map_delete_elem(&connections, &key);
	return 0;
}

/* include/trace/events/syscalls.h, as struct syscall_trace_exit of the kernel. */
struct syscall_returned {
	u64 common;
	u64 number;
	long result;
};

static __always_inline void count_socket(void *ctx, u64 kind)
{
	struct socket_maker maker = {.kind = kind};
	struct opener opener;
	u64 none = 0, *count;

	find_opener(&opener, ctx);
	maker.stack = opener.stack;
	count = bpf_map_lookup_elem(&sockets_made, &maker);
	if (!count) {
		if (bpf_map_update_elem(&sockets_made, &maker, &none, BPF_NOEXIST))
			maker.stack =
				0; /* no room: the entry without a stack, there from the start */
		count = bpf_map_lookup_elem(&sockets_made, &maker);
	}
	if (count)
		COUNT(*count);
}

/* A Unix or UDP socket; others are not counted. */
static __always_inline void count_other_socket(void *ctx, struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	if (family == AF_UNIX)
		count_socket(ctx, SOCKET_UNIX);
	else if ((family == AF_INET || family == AF_INET6) &&
		 BPF_CORE_READ(sk, sk_type) == SOCK_DGRAM)
		count_socket(ctx, SOCKET_UDP);
}

/* The arguments of the system call that this thread returns from: the registers they came in are as
 * they were. Before the helper (kernel 5.15), they lie at the end of 16 KiB of kernel stack (arch/x86/
 * include/asm/processor.h, task_pt_regs). */
static __always_inline struct pt_regs *registers_of_call(void)
{
	if (bpf_core_enum_value_exists(enum bpf_func_id___known, BPF_FUNC_task_pt_regs___known))
		return (void *)bpf_task_pt_regs((void *)bpf_get_current_task_btf());
	return BPF_CORE_READ((struct task_struct___stack *)bpf_get_current_task(), stack) +
	       KERNEL_STACK_SIZE - sizeof(struct pt_regs);
}

/* One end of a connection, as records have it. */
struct end {
	u64 address[2];
	u16 family;
	u16 port; /* 0: not known */
};

/* From a struct sockaddr of the target (include/linux/socket.h). */
static __always_inline void read_sockaddr(struct end *end, u64 address)
{
	u8 *to = (u8 *)end->address;

	struct {
		u16 family;
		u16 port; /* big-endian */
		u32 ipv4; /* IPv6: flow information */
	} head = {};

	bpf_probe_read_user(&head, sizeof(head), (void *)address);
	end->family = head.family;
	end->port = __builtin_bswap16(head.port);
	if (head.family == AF_INET)
		map_ipv4(to, head.ipv4);
	else
		bpf_probe_read_user(to, sizeof(end->address), (void *)(address + 8));
}

/* Is it the socket that this thread accepted? The address of its peer was written before any other
 * thread could see the descriptor (net/socket.c, do_accept); since then one may have closed it, and
 * another one accepted a socket of its own in its place, which its own return tells. Of the address of
 * IPv6 only the port is looked at: there may have been no room for more, which cannot be told here. */
static __always_inline bool is_of_this_accept(const struct wire_tcp *tcp)
{
	struct pt_regs *at = registers_of_call();
	struct end peer = {};
	u64 address, ours;

	if (bpf_probe_read_kernel(&address, sizeof(address), &at->rsi) || !address)
		return true; /* the caller did not ask for it */
	read_sockaddr(&peer, address);
	if (!peer.port)
		return true;
	__builtin_memcpy(&ours, tcp->remote + 8, sizeof(ours));
	return peer.port == tcp->remote_port && (peer.family != AF_INET || peer.address[1] == ours);
}

static __noinline int accepted(struct syscall_returned *ctx)
{
	struct sock *sk = sock_of_fd(ctx->result);
	struct wire_tcp tcp = {}, *known;
	struct opener opener;

	if (!sk)
		return 0;
	if (!is_tcp(sk)) {
		count_other_socket(ctx, sk);
		return 0;
	}
	COUNT_TCP(accepted);
	known = find_connection(sk);
	if (known && known->id == inode_of_sock(sk)) /* the descriptor is another one's already */
		return 0;
	describe_socket(&tcp, sk);
	if (!is_of_this_accept(&tcp))
		return 0;
	find_opener(&opener, ctx);
	begin_connection(&tcp, &opener, TCP_SERVER);
	tcp.established_ns = tcp.opened_ns;
	if (tcp.state == TCP_CLOSE_WAIT) { /* the peer ended it before it was accepted */
		tcp.remote_closed_ns = tcp.opened_ns;
		tcp.closer = TCP_CLOSER_REMOTE;
	}
	measure(&tcp, sk);
	add_connection(&tcp, sk);
	tell(&tcp, TCP_ACCEPTED);
	return tcp.remote_closed_ns ? tell(&tcp, TCP_PEER_CLOSED) : 0;
}

SEC("tracepoint/syscalls/sys_exit_accept4")
int on_accept4_exit(struct syscall_returned *ctx)
{
	return ctx->result >= 0 && is_target() ? accepted(ctx) : 0;
}

SEC("tracepoint/syscalls/sys_exit_accept")
int on_accept_exit(struct syscall_returned *ctx)
{
	return ctx->result >= 0 && is_target() ? accepted(ctx) : 0;
}

SEC("tracepoint/syscalls/sys_exit_socket")
int on_socket_exit(struct syscall_returned *ctx)
{
	struct sock *sk;

	if (ctx->result < 0 || !is_target())
		return 0;
	sk = sock_of_fd(ctx->result);
	if (sk)
		count_other_socket(ctx, sk);
	return 0;
}

/* connect(2) failed before it came to SYN_SENT: there is no route, no free port, … The descriptor may
 * be another socket's by now, so it only tells that the call was for TCP. */
static __noinline int failed_at_once(struct syscall_returned *ctx)
{
	struct pt_regs *at = registers_of_call();
	struct wire_tcp tcp = {};
	struct end wanted = {};
	struct opener opener;
	u64 fd, address;
	struct sock *sk;

	if (bpf_probe_read_kernel(&fd, sizeof(fd), &at->rdi) ||
	    bpf_probe_read_kernel(&address, sizeof(address), &at->rsi))
		return 0;
	sk = sock_of_fd(fd);
	if (!sk || !is_tcp(sk) || find_connection(sk))
		return 0;
	find_opener(&opener, ctx);
	begin_connection(&tcp, &opener, TCP_CLIENT);
	/* The kernel did not get as far as to put it into the socket. */
	read_sockaddr(&wanted, address);
	tcp.remote_port = wanted.port;
	__builtin_memcpy(tcp.remote, wanted.address, sizeof(tcp.remote));
	tcp.closed_ns = tcp.opened_ns;
	tcp.error = -ctx->result;
	tcp.failed = 1;
	COUNT_TCP(attempted);
	count_failure(tcp.error);
	tell_end(&tcp);
	return 0;
}

static __always_inline bool goes_on(long result)
{
	return result == 0 || result == -EINPROGRESS || result == -EALREADY || result == -EISCONN ||
	       result == -EINTR || result == -EAGAIN;
}

SEC("tracepoint/syscalls/sys_exit_connect")
int on_connect_exit(struct syscall_returned *ctx)
{
	u64 thread = (u32)bpf_get_current_pid_tgid();

	if (!is_target() || !bpf_map_delete_elem(&connecting, &thread) || goes_on(ctx->result))
		return 0;
	return failed_at_once(ctx);
}

#endif
