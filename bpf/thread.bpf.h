/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The goroutine of a thread that entered the kernel, by its thread-local storage. */
#ifndef GOSNOOP_BPF_THREAD_H
#define GOSNOOP_BPF_THREAD_H

#include <bpf/bpf_core_read.h>

#include "stack.bpf.h"

/* What is read of the kernel's structs; CO-RE finds the fields. */
#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)
struct thread_struct {
	unsigned long fsbase;
};
struct inode {
	unsigned long i_ino;
	unsigned short i_mode;
};
struct file {
	struct inode *f_inode;
};
struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};
struct files_struct {
	struct fdtable *fdt;
};
struct task_struct {
	struct thread_struct thread;
	struct files_struct *files;
};
#pragma clang attribute pop

#define G_SYSCALL 3 /* runtime2.go, _Gsyscall: the same in all versions */

static __always_inline bool in_go_text(u64 pc)
{
	return pc - config.text_begin < config.text_end - config.text_begin;
}

/* Where the thread keeps its g: a goroutine's, its g0 or its gsignal; none in a thread that Go does not
 * know. The kernel's copy of the FS base is right in a system call: threads of Go and of the C library
 * set it by arch_prctl or clone, never by wrfsbase. */
static __always_inline u64 tls_slot_of_thread(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, thread.fsbase) + config.tls_offset;
}

/* What a file descriptor of this thread is open on; NULL: it is not open. */
static __always_inline struct file *file_of(u64 fd)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd);
	struct file *file = NULL;

	if ((u32)fd < BPF_CORE_READ(table, max_fds))
		bpf_probe_read_kernel(&file, sizeof(file), files + (u32)fd);
	return file;
}

/* The inode of a file descriptor of this thread; 0: not open. */
static __always_inline u64 inode_of(u64 fd)
{
	struct file *file = file_of(fd);

	return file ? BPF_CORE_READ(file, f_inode, i_ino) : 0;
}

#define S_IFMT 0170000 /* include/uapi/linux/stat.h */
#define S_IFSOCK 0140000

/* The same where it is a socket's; else 0. */
static __always_inline u64 inode_of_socket(u64 fd)
{
	struct file *file = file_of(fd);
	struct inode *inode = file ? BPF_CORE_READ(file, f_inode) : NULL;

	if (!inode || (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	return BPF_CORE_READ(inode, i_ino);
}

/* g0 and gsignal of an m name it, and so do those of m.g0 (runtime2.go: m.g0 is its first field). */
static __always_inline bool is_of_runtime(u64 g, u64 m)
{
	u64 g0 = read_u64(m);

	return g0 == g || (g0 && read_u64(g0 + config.go.g_m) == m);
}

#endif
