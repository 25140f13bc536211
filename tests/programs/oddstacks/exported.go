// SPDX-License-Identifier: Apache-2.0

//go:build usecgo

package main

import "C"

//export goParkIn
func goParkIn(depth C.int) {
	if depth > 0 {
		inCallback(int(depth) - 1)
	}
	park()
}

//export goParkInThread
func goParkInThread() { park() }
