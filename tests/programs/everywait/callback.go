// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

package main

// Apart from cgo.go: the C code of a file that exports functions may only declare.

import "C"

//export waitInCallback
func waitInCallback(depth C.int) {
	if depth > 0 {
		inCallback(int(depth) - 1)
		return
	}
	<-receiver()
}
