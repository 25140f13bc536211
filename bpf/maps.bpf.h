/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Sizes marked * are set by probe/session.cpp for the target and the machine. */
#ifndef GOSNOOP_BPF_MAPS_H
#define GOSNOOP_BPF_MAPS_H

#include "common.bpf.h"

const volatile struct probe_config config = {};

/* Set once all probes are in: a half-attached tracer records nothing. */
u32 active = 0;
/* When the target called execve: its goroutines and our probes are gone. */
u64 target_execed_ns = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16 * 1024 * 1024); /* * */
} ring SEC(".maps");

/* When the goroutine behind a g pointer parked; 0: it is not parked. Entries are never deleted: Go
 * reuses a g for ever and never frees it, and looking up costs a fifth of inserting and deleting. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536); /* * */
	__type(key, u64);
	__type(value, u64);
} parked SEC(".maps");

/* Every finished block, whatever the ring could take. Key {0, reason}, which user space inserts
 * beforehand, takes what no other key has room for. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 8192); /* * */
	__type(key, struct totals_key);
	__type(value, struct totals);
} block_totals SEC(".maps");

/* The frames behind totals_key.stack. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 8192); /* * */
	__type(key, u64);
	__type(value, struct totals_stack);
} totals_stacks SEC(".maps");

/* Stacks that went through the ring already. Eviction only means that one is sent again. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u32);
} sent_stacks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, LOSS_KINDS);
	__type(key, u32);
	__type(value, struct loss_counts);
} losses SEC(".maps");

#endif
