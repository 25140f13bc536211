// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

package main

/*
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>
static _Thread_local long of_this_thread;
static void get_priorities(int n) {
	for (int i = 0; i < n; i++) of_this_thread += syscall(SYS_getpriority, 0, 0);
}
*/
import "C"

const cCalls = 70

// System calls that C makes for a goroutine.
//
//go:noinline
func callC() {
	callBelow("callC")
	C.get_priorities(cCalls)
}

func init() {
	kinds["callC"] = callC
	order = append(order, "callC")
}
