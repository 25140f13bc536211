// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

package main

// #include <unistd.h>
import "C"

func parkInC() {
	park(fact{Name: "C", Kind: "syscall", Call: `^pause\(\)$`}, func() { C.pause() })
}
