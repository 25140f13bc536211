// SPDX-License-Identifier: Apache-2.0

//go:build go1.23

// coroutine uses iter.Pull, whose goroutines are created parked, switch to each other past the
// scheduler and end in a place of their own. At each line "go" it makes 100 coroutines, takes 20
// values from each, stops 90 and keeps 10 that never end; then prints "created N kept M".
package main

import (
	"fmt"
	"iter"

	"gosnoop.test/programs/internal/control"
)

const (
	perRound = 100
	kept     = 10
	values   = 20
)

var neverStopped []func()

func numbers(yield func(int) bool) {
	for i := 0; yield(i); i++ {
	}
}

func pullSome() (stop func()) {
	next, stop := iter.Pull(iter.Seq[int](numbers))
	for i := 0; i < values; i++ {
		next()
	}
	return stop
}

func round() {
	for i := 0; i < perRound; i++ {
		stop := pullSome()
		if i < kept {
			neverStopped = append(neverStopped, stop)
		} else {
			stop()
		}
	}
}

func main() {
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] == "go"; words = control.Next() {
		round()
		fmt.Printf("created %d kept %d\n", perRound, kept)
	}
}
