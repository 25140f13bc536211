// SPDX-License-Identifier: Apache-2.0

//go:build go1.23

package main

import "iter"

func numbers(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func coroutines() {
	times(200, func() {
		spawned.Add(1)
		next, stop := iter.Pull(iter.Seq[int](numbers))
		for i := 0; i < 50; i++ {
			next()
		}
		stop()
	})
}
