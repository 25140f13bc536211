/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is read of the kernel's sockets; CO-RE finds the fields. */
#ifndef GOSNOOP_BPF_SOCK_H
#define GOSNOOP_BPF_SOCK_H

#include "thread.bpf.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct in6_addr {
	union {
		u8 u6_addr8[16];
	} in6_u;
};
struct sock_common {
	u32 skc_daddr;
	u32 skc_rcv_saddr;
	u16 skc_dport; /* big-endian */
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
};
struct sock {
	struct sock_common __sk_common;
	struct socket *sk_socket;
	int sk_err;
	u8 sk_shutdown;
	u16 sk_type;
	u16 sk_protocol;
};
struct inet_sock {
	u16 inet_sport; /* big-endian; stays when the port is given back, as skc_num does not */
};
struct tcp_sock {
	u64 bytes_sent;
	u64 bytes_retrans;
	u64 bytes_received;
	u32 srtt_us;
	u32 total_retrans;
};
struct socket {
	struct sock *sk;
};
struct socket_alloc {
	struct inode vfs_inode;
};
struct file___of_socket {
	void *private_data;
};
typedef struct {
	int counter;
} atomic_t;
struct signal_struct {
	atomic_t live; /* threads that do not exit */
};
struct task_struct___signal {
	struct signal_struct *signal;
};
struct task_struct___stack {
	void *stack;
};
enum bpf_func_id___known {
	BPF_FUNC_task_pt_regs___known = 175,
};
#pragma clang attribute pop

/* include/linux/socket.h, include/uapi/linux/in.h, include/net/sock.h */
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 10
#define SOCK_DGRAM 2
#define IPPROTO_TCP 6
#define SHUTDOWN_MASK 3
#define KERNEL_STACK_SIZE 16384 /* arch/x86/include/asm/page_64_types.h, THREAD_SIZE */

/* include/net/tcp_states.h */
enum tcp_state {
	TCP_ESTABLISHED = 1,
	TCP_SYN_SENT = 2,
	TCP_SYN_RECV = 3,
	TCP_FIN_WAIT1 = 4,
	TCP_CLOSE = 7,
	TCP_CLOSE_WAIT = 8,
	TCP_LAST_ACK = 9,
};

/* The socket's inode number, which /proc/PID/fd and sock_diag name it by; 0: no descriptor has it. */
static __always_inline u64 inode_of_sock(struct sock *sk)
{
	struct socket_alloc *socket = (void *)BPF_CORE_READ(sk, sk_socket);

	return socket ? BPF_CORE_READ(socket, vfs_inode.i_ino) : 0;
}

/* The sock behind a descriptor of this thread, which must be one of a socket; NULL: it is closed. */
static __always_inline struct sock *sock_of_fd(u64 fd)
{
	struct file___of_socket *file = (void *)file_of(fd);
	struct socket *socket = file ? BPF_CORE_READ(file, private_data) : NULL;

	return socket ? BPF_CORE_READ(socket, sk) : NULL;
}

static __always_inline bool is_inet(struct sock *sk)
{
	u16 family = BPF_CORE_READ(sk, __sk_common.skc_family);

	return family == AF_INET || family == AF_INET6;
}

static __always_inline bool is_tcp(struct sock *sk)
{
	return is_inet(sk) && BPF_CORE_READ(sk, sk_protocol) == IPPROTO_TCP;
}

static __always_inline void map_ipv4(u8 *to, u32 address)
{
	__builtin_memset(to, 0, 10);
	to[10] = 0xff;
	to[11] = 0xff;
	__builtin_memcpy(to + 12, &address, sizeof(address));
}

/* Addresses and ports into a record that has both ends of a socket. */
#define READ_ENDS(record, sk)                                                                      \
	do {                                                                                       \
		read_addresses((record)->local, (record)->remote, sk);                             \
		(record)->local_port =                                                             \
			__builtin_bswap16(BPF_CORE_READ((struct inet_sock *)(sk), inet_sport));    \
		(record)->remote_port =                                                            \
			__builtin_bswap16(BPF_CORE_READ(sk, __sk_common.skc_dport));               \
	} while (0)

static __always_inline void read_addresses(u8 *local, u8 *remote, struct sock *sk)
{
	if (BPF_CORE_READ(sk, __sk_common.skc_family) == AF_INET) {
		map_ipv4(local, BPF_CORE_READ(sk, __sk_common.skc_rcv_saddr));
		map_ipv4(remote, BPF_CORE_READ(sk, __sk_common.skc_daddr));
		return;
	}
	bpf_core_read(local, sizeof(struct in6_addr), &sk->__sk_common.skc_v6_rcv_saddr);
	bpf_core_read(remote, sizeof(struct in6_addr), &sk->__sk_common.skc_v6_daddr);
}

static __always_inline void measure(struct wire_tcp *tcp, struct sock *sk)
{
	struct tcp_sock *of = (void *)sk;

	tcp->bytes_sent = BPF_CORE_READ(of, bytes_sent) - BPF_CORE_READ(of, bytes_retrans);
	tcp->bytes_received = BPF_CORE_READ(of, bytes_received);
	tcp->srtt_us = BPF_CORE_READ(of, srtt_us) >> 3; /* kept in eighths */
	tcp->retransmits = BPF_CORE_READ(of, total_retrans);
	tcp->flags |= TCP_MEASURED;
}

#endif
