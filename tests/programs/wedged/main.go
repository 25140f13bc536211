// SPDX-License-Identifier: Apache-2.0

// wedged has as many goroutines in endless loops as it may run at once, and others that wait for one of
// them: no code of the program gets to run any more, no endpoint would answer.
package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"

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
	debug.SetGCPercent(-1) // a collection would wait for them, in vain before it can preempt
	var mu sync.Mutex
	locked := make(chan int)
	for i := 0; i < 10; i++ {
		go func() {
			<-locked
			waitForLock(&mu)
		}()
	}
	control.Ready("")
	os.Stdout.Sync()
	go loopForever()
	loopUnderLock(&mu, locked)
	time.Sleep(time.Hour)
}
