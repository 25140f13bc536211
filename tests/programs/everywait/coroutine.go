// SPDX-License-Identifier: Apache-2.0

//go:build go1.23

package main

import "iter"

var keep []func() (int, bool)

func inCoroutine(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func startCoroutine() {
	reasons["inCoroutine"] = "coroutine"
	next, _ := iter.Pull(iter.Seq[int](inCoroutine))
	next()
	keep = append(keep, next)
}
