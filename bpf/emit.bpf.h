/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Records into the ring, and the account of those that did not fit. */
#ifndef GOSNOOP_BPF_EMIT_H
#define GOSNOOP_BPF_EMIT_H

#include "maps.bpf.h"

/* Since kernel 6.0 a uprobe program can be preempted (bpf_prog_run_array_uprobe, commit
 * 8c7dcb84e3b7), so two may count on one CPU at once: per-CPU counters still want atomic adds. */
#define COUNT(counter) __sync_fetch_and_add(&(counter), 1)

static __always_inline struct loss_counts *counts_of(u32 what)
{
	return bpf_map_lookup_elem(&losses, &what);
}

static __always_inline void count_seen(u32 what)
{
	struct loss_counts *counts = counts_of(what);

	if (counts)
		COUNT(counts->seen);
}

static __always_inline void count_dropped(u32 what)
{
	struct loss_counts *counts = counts_of(what);

	if (counts)
		COUNT(counts->dropped);
}

static __always_inline void count_filtered(u32 what)
{
	struct loss_counts *counts = counts_of(what);

	if (counts)
		COUNT(counts->filtered);
}

static __always_inline void count_delivered(u32 what)
{
	struct loss_counts *counts = counts_of(what);

	if (counts)
		COUNT(counts->delivered);
}

/* Room for one record of `size` bytes with its header filled, or NULL: then the loss is counted. */
static __always_inline void *reserve(u32 what, u16 kind, u64 size, u64 now)
{
	struct wire_header *header = bpf_ringbuf_reserve(&ring, size, 0);
	struct loss_counts *counts = counts_of(what);

	if (!header) {
		if (counts)
			COUNT(counts->dropped);
		return NULL;
	}
	if (counts)
		COUNT(counts->delivered);
	header->kind = kind;
	header->cpu = bpf_get_smp_processor_id();
	header->size = size;
	header->time_ns = now;
	return header;
}

/* Never wakes the reader: a wake-up in the traced thread costs more than the record. The reader
 * looks by itself fifty times a second. */
static __always_inline void submit(void *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

#endif
