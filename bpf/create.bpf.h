/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* What is told of a new goroutine. */
#ifndef GOSNOOP_BPF_CREATE_H
#define GOSNOOP_BPF_CREATE_H

#include "emit.bpf.h"
#include "go.bpf.h"

struct new_g {
	u64 words[(G_NEW_END - G_NEW_BEGIN) / 8];
};

#define NEW_G(g, field) (*(u64 *)((u8 *)(g) + config.go.g_##field - G_NEW_BEGIN))

static __always_inline bool read_new_g(u64 address, struct new_g *g)
{
	return bpf_probe_read_user(g, sizeof(*g), (void *)(address + G_NEW_BEGIN)) == 0;
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

#endif
