// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

package main

/*
#include <unistd.h>

extern void waitInCallback(int depth);

static void sleep_long(void) { sleep(86400); }
static void call_back(int depth) { waitInCallback(depth); }
*/
import "C"

import _ "gosnoop.test/programs/internal/withcgo"

func inCgoSleep() { C.sleep_long() }

func inCallback(depth int) { C.call_back(C.int(depth)) }

func startCgo() {
	start("inCgoSleep", "syscall", inCgoSleep)
	start("waitInCallback", "chan receive", func() { inCallback(0) })
	start("waitInCallback", "chan receive", func() { inCallback(1) }) // in a callback in a callback
}
