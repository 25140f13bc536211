/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is told of a new goroutine: at its creation where a probe sees that, else when it first parks
 * or ends, which spares a probe hit a goroutine. */
#ifndef GOSNOOP_BPF_CREATE_H
#define GOSNOOP_BPF_CREATE_H

#include "emit.bpf.h"
#include "go.bpf.h"
#include "parked.bpf.h"

struct new_g {
	u64 words[(G_NEW_END - G_NEW_BEGIN) / 8];
};

#define NEW_G(g, field) (*(u64 *)((u8 *)(g) + config.go.g_##field - G_NEW_BEGIN))

/* Returns false, and counts the loss, where it cannot be read. */
static __always_inline bool read_new_g(u64 address, struct new_g *g)
{
	count_seen(LOSS_CREATE);
	if (!bpf_probe_read_user(g, sizeof(*g), (void *)(address + G_NEW_BEGIN)))
		return true;
	count_dropped(LOSS_CREATE);
	return false;
}

/* `creator`: its g; 0: not known. */
static __always_inline u64 parent_of(struct new_g *g, u64 creator)
{
	if (config.go.g_parent_goid)
		return NEW_G(g, parent_goid);
	return creator ? read_u64(creator + config.go.g_goid) : 0;
}

static __always_inline void send_create(struct new_g *g, u64 now, u64 parent, u64 stack, u32 flags)
{
	struct wire_go_create *record;

	record = reserve(LOSS_CREATE, WIRE_GO_CREATE, sizeof(*record), now);
	if (!record)
		return;
	record->goid = NEW_G(g, goid);
	record->parent_goid = parent;
	record->start_pc = NEW_G(g, startpc);
	record->go_pc = NEW_G(g, gopc);
	record->stack = stack;
	record->flags = flags;
	record->pad = 0;
	submit(record);
}

/* In a frame of its own, as the stack of a program has but 512 bytes. */
static __noinline int send_late_create(u64 address, u64 now)
{
	struct new_g g;

	if (read_new_g(address, &g))
		send_create(&g, now, parent_of(&g, 0), 0, CREATE_LATE);
	return 0;
}

/* Tells of the goroutine of a g, once: the next one has another goid. */
static __always_inline void announce(struct parked *parked, u64 address, u64 goid, u64 now)
{
	if (parked->goid == goid || !goid)
		return;
	parked->goid = goid;
	send_late_create(address, now);
}

static __always_inline void announce_at_exit(u64 g, u64 goid, u64 now)
{
	struct parked *parked = find_parked(g);

	if (!parked)
		parked = add_parked(g);
	if (parked) {
		announce(parked, g, goid, now);
		return;
	}
	count_seen(LOSS_CREATE);
	count_dropped(LOSS_CREATE);
}

#endif
