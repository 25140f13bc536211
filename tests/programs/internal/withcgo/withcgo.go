// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

// Package withcgo makes a program that imports it a cgo one: the C library is linked in, main starts
// on a thread of its making, and g's place in thread-local storage is another one.
package withcgo

/*
#include <stdio.h>
static _Thread_local long of_this_thread;
static void touch_thread_storage(void) { of_this_thread++; fflush(stdout); }
*/
import "C"

func init() { C.touch_thread_storage() }
