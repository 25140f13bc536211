/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The socket that a goroutine waited for. It is looked up at the wake, while the goroutine still holds
 * the descriptor (fd_mutex.go, rwlock): so that is not another's yet. */
#ifndef GOSNOOP_BPF_WAIT_SOCKET_H
#define GOSNOOP_BPF_WAIT_SOCKET_H

#include "sock.bpf.h"

/* Both ends of a socket of IPv4 or IPv6 into the ring. Returns whether that is done. */
static __noinline bool send_wait_socket(u64 inode, struct sock *sk)
{
	struct wire_wait_socket *record;

	count_seen(LOSS_STACK);
	record = reserve(LOSS_STACK, WIRE_WAIT_SOCKET, sizeof(*record), bpf_ktime_get_ns());
	if (!record)
		return false;
	record->inode = inode;
	record->pad = 0;
	READ_ENDS(record, sk);
	submit(record);
	return true;
}

/* The inode of the socket that a pollDesc is of, which user space knows or is sent; 0: it is none of
 * IPv4 or IPv6. */
__noinline u64 socket_of_polldesc(u64 polldesc)
{
	u64 fd = polldesc ? read_u64(polldesc + config.go.polldesc_fd) : ~0ull;
	u64 inode = fd < 1ull << 31 ? inode_of_socket(fd) : 0;
	struct sock *sk;
	u32 known = 1;

	if (!inode || bpf_map_lookup_elem(&sent_sockets, &inode))
		return inode;
	sk = sock_of_fd(fd);
	if (!sk || !is_inet(sk))
		return 0;
	if (send_wait_socket(inode, sk))
		bpf_map_update_elem(&sent_sockets, &inode, &known, BPF_ANY);
	return inode;
}

#endif
