/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The blocks that have not ended, by their g. Go reuses a g for ever and never frees it, so an entry,
 * once made, is kept and only its content changes: that spares inserting and deleting on every
 * block. Most entries are slots of an array, which the JIT reads in place; a g whose slot another
 * one has goes into a hash map. */
#ifndef GOSNOOP_BPF_PARKED_H
#define GOSNOOP_BPF_PARKED_H

#include "maps.bpf.h"

static __always_inline struct parked_slot *slot_of(u64 g)
{
	u32 index = parked_index(g, config.parked_bits);

	return bpf_map_lookup_elem(&parked_slots, &index);
}

/* The entry of a g; NULL: it has never parked. */
static __always_inline struct parked *find_parked(u64 g)
{
	struct parked_slot *slot = slot_of(g);

	if (slot && slot->g == g)
		return &slot->parked;
	return bpf_map_lookup_elem(&parked_rest, &g);
}

/* Makes the entry of a g. A slot belongs to the one that finds itself alone after counting itself;
 * of two that come at once neither gets it. (An atomic add that returns a value needs Linux 5.12.)
 * Returns NULL where there is no room. */
static __always_inline struct parked *add_parked(u64 g)
{
	struct parked_slot *slot = slot_of(g);
	struct parked none = {};

	if (slot && slot->claims == 0) {
		__sync_fetch_and_add(&slot->claims, 1);
		if (*(volatile u64 *)&slot->claims == 1) {
			slot->g = g;
			return &slot->parked;
		}
	}
	bpf_map_update_elem(&parked_rest, &g, &none, BPF_NOEXIST);
	return bpf_map_lookup_elem(&parked_rest, &g);
}

#endif
