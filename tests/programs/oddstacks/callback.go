// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

package main

/*
#include <pthread.h>
#include <unistd.h>
extern void goParkIn(int depth);
extern void goParkInThread(void);

static void call_go(int depth) { goParkIn(depth); }
static void *thread(void *unused) { goParkInThread(); return unused; }
static int start_thread(void) { pthread_t id; return pthread_create(&id, 0, thread, 0); }
static void wait_in_c(void) { pause(); }
*/
import "C"

//go:noinline
func inCallback(depth int) { C.call_go(C.int(depth)) }

func inC() { C.wait_in_c() }

// parkInCallbacks: in Go that C called, once and twice; in C; and in Go on a thread that C made.
func parkInCallbacks() {
	go inCallback(0)
	go inCallback(1)
	go inC()
	if C.start_thread() != 0 {
		panic("pthread_create")
	}
}
