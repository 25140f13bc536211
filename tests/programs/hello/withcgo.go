// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

// Makes the program a cgo one: the C library is linked in and main starts on a thread of its making.
package main

/*
#include <stdio.h>
static void hello_from_c(void) { puts("hello from C"); fflush(stdout); }
*/
import "C"

func init() { C.hello_from_c() }
