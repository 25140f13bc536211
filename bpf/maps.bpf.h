/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sizes marked * are set by probe/session.cpp for the target and the machine. */
#ifndef GOSNOOP_BPF_MAPS_H
#define GOSNOOP_BPF_MAPS_H

#include "common.bpf.h"

const volatile struct probe_config config = {};

/* Set once all probes are in: a half-attached tracer records nothing. */
u32 active = 0;
/* The target's tgid as the kernel knows it, learned from its first thread that passes by. */
u32 known_tgid = 0;
/* call_goroutines had no room for one. */
u32 call_goroutines_missing = 0;
/* Is it measured now what telling system calls takes? */
u32 measure_calls = 0;
/* When the target called execve: its goroutines and our probes are gone. */
u64 target_execed_ns = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024); /* * */
} ring SEC(".maps");

/* See parked.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* * */
	__type(key, u32);
	__type(value, struct parked_slot);
} parked_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, u64);
	__type(value, struct parked);
} parked_rest SEC(".maps");

/* See lane.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* * LANES_PER_CPU a CPU */
	__type(key, u32);
	__type(value, struct lane);
} lanes SEC(".maps");

/* Every finished block, whatever the ring could take: config.totals_slots entries a lane. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* * */
	__type(key, u32);
	__type(value, struct totals);
} block_totals SEC(".maps");

/* What block_totals had no room for: WAIT_REASONS entries a lane. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* * */
	__type(key, u32);
	__type(value, struct totals);
} rest_totals SEC(".maps");

/* Stacks that went through the ring already. Eviction only means that one is sent again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} sent_stacks SEC(".maps");

/* Sockets that went through the ring already, by inode; eviction as above. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} sent_sockets SEC(".maps");

/* See syscall.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* * */
	__type(key, u32);
	__type(value, struct call_slot);
} call_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, u64);
	__type(value, struct call);
} call_rest SEC(".maps");

/* One a CPU; see syscall.bpf.h. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* * */
	__type(key, u32);
	__type(value, struct lane);
} call_lanes SEC(".maps");

/* Every system call that returned: config.call_slots entries a CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* * */
	__type(key, u32);
	__type(value, struct call_totals);
} call_totals SEC(".maps");

/* What call_totals had no room for, by key. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, u64);
	__type(value, struct call_totals);
} call_rest_totals SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, struct call_error);
	__type(value, u64);
} call_errors SEC(".maps");

/* Which goroutines made which calls. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, struct call_goroutine);
	__type(value, u32);
} call_goroutines SEC(".maps");

/* See tcp.bpf.h. Connections by their struct sock. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, u64);
	__type(value, struct wire_tcp);
} connections SEC(".maps");

/* Connections that are older than the window and were not met yet, by their socket's inode. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, u64);
	__type(value, struct wire_tcp);
} older_connections SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct wire_tcp_totals);
} tcp_totals SEC(".maps");

/* By thread that is in connect(2), past SYN_SENT: the struct sock. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, u64);
	__type(value, u64);
} connecting SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1); /* * */
	__type(key, struct socket_maker);
	__type(value, u64);
} sockets_made SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LOSS_KINDS);
	__type(key, u32);
	__type(value, struct loss_counts);
} losses SEC(".maps");

#endif
