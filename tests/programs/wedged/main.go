// SPDX-License-Identifier: Apache-2.0

// wedged has as many goroutines in endless loops as it may run at once, and others that wait for one of
// them. With GODEBUG=asyncpreemptoff=1 no other code of it gets to run any more: no endpoint would answer.
package main

import (
	"runtime"
	"runtime/debug"
	"sync"

	"gosnoop.test/programs/internal/control"
)

var turns int

//go:noinline
func loopForever() {
	for {
		turns++
	}
}

func loopUnderLock(mu *sync.Mutex, locked chan int) {
	mu.Lock()
	close(locked)
	loopForever()
}

func waitForLock(mu *sync.Mutex) { mu.Lock() }

func main() {
	runtime.GOMAXPROCS(2)
	debug.SetGCPercent(-1) // a collection would wait for the loops for ever
	var mu sync.Mutex
	locked := make(chan int)
	for i := 0; i < 10; i++ {
		go func() {
			<-locked
			waitForLock(&mu)
		}()
	}
	control.Ready("")
	go loopForever()
	loopUnderLock(&mu, locked)
}
