/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* Which arguments of system calls are paths. */
#ifndef GOSNOOP_BPF_PATHS_H
#define GOSNOOP_BPF_PATHS_H

#include "emit.bpf.h"

/* One more than the argument's index; 0: none. */
struct path_arguments {
	u8 at[SYSCALL_PATHS];
};

#define FIRST                                                                                      \
	{                                                                                          \
		{                                                                                  \
			1                                                                          \
		}                                                                                  \
	}
#define SECOND                                                                                     \
	{                                                                                          \
		{                                                                                  \
			2                                                                          \
		}                                                                                  \
	}
#define FIRST_TWO                                                                                  \
	{                                                                                          \
		{                                                                                  \
			1, 2                                                                       \
		}                                                                                  \
	}

/* By number: arch/x86/entry/syscalls/syscall_64.tbl, and the SYSCALL_DEFINEs of fs/. */
#define PATH_CALLS 512 /* a power of two: more than there are calls */
static const struct path_arguments path_arguments[PATH_CALLS] = {
	[2] = FIRST,       /* open */
	[4] = FIRST,       /* stat */
	[6] = FIRST,       /* lstat */
	[21] = FIRST,      /* access */
	[59] = FIRST,      /* execve */
	[76] = FIRST,      /* truncate */
	[80] = FIRST,      /* chdir */
	[82] = FIRST_TWO,  /* rename */
	[83] = FIRST,      /* mkdir */
	[84] = FIRST,      /* rmdir */
	[85] = FIRST,      /* creat */
	[86] = FIRST_TWO,  /* link */
	[87] = FIRST,      /* unlink */
	[88] = FIRST_TWO,  /* symlink */
	[89] = FIRST,      /* readlink */
	[90] = FIRST,      /* chmod */
	[92] = FIRST,      /* chown */
	[94] = FIRST,      /* lchown */
	[132] = FIRST,     /* utime */
	[133] = FIRST,     /* mknod */
	[137] = FIRST,     /* statfs */
	[161] = FIRST,     /* chroot */
	[165] = FIRST_TWO, /* mount */
	[166] = FIRST,     /* umount2 */
	[235] = FIRST,     /* utimes */
	[254] = SECOND,    /* inotify_add_watch */
	[257] = SECOND,    /* openat */
	[258] = SECOND,    /* mkdirat */
	[259] = SECOND,    /* mknodat */
	[260] = SECOND,    /* fchownat */
	[261] = SECOND,    /* futimesat */
	[262] = SECOND,    /* newfstatat */
	[263] = SECOND,    /* unlinkat */
	[264] = {{2, 4}},  /* renameat */
	[265] = {{2, 4}},  /* linkat */
	[266] = {{1, 3}},  /* symlinkat */
	[267] = SECOND,    /* readlinkat */
	[268] = SECOND,    /* fchmodat */
	[269] = SECOND,    /* faccessat */
	[280] = SECOND,    /* utimensat */
	[303] = SECOND,    /* name_to_handle_at */
	[316] = {{2, 4}},  /* renameat2 */
	[322] = SECOND,    /* execveat */
	[332] = SECOND,    /* statx */
	[437] = SECOND,    /* openat2 */
	[439] = SECOND,    /* faccessat2 */
	[452] = SECOND,    /* fchmodat2 */
};

/* One more than the index of the call's path number `i`; 0: none. The verifier must see the mask, which
 * the compiler would leave out behind a comparison. */
static __always_inline u32 path_argument(u32 number, u32 i)
{
	if (number >= PATH_CALLS)
		return 0;
	asm volatile("" : "+r"(number));
	return path_arguments[number & (PATH_CALLS - 1)].at[i];
}

static __always_inline bool has_paths(u32 number)
{
	return path_argument(number, 0) != 0;
}

/* The path at `address`, or nothing where it cannot be read: a call that failed with EFAULT. */
static __always_inline void read_path(struct wire_path *path, u64 address)
{
	long size = bpf_probe_read_user_str(path->text, sizeof(path->text), (void *)address);
	u8 next = 0;

	path->size = size > 0 ? size - 1 : 0;
	path->known = size > 0;
	if (size == sizeof(path->text)) /* it ends here, or was cut here */
		bpf_probe_read_user(&next, sizeof(next), (void *)(address + size - 1));
	path->truncated = next != 0;
}

static __always_inline void read_paths(struct wire_path *paths, u32 number, const u64 *args)
{
#pragma unroll
	for (int i = 0; i < SYSCALL_PATHS; i++) {
		u32 argument = path_argument(number, i);

		paths[i].known = 0;
		if (argument == 0 || argument > 4)
			continue;
		paths[i].argument = argument - 1;
		read_path(&paths[i], args[(argument - 1) & 3]);
	}
}

#endif
