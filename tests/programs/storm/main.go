// SPDX-License-Identifier: Apache-2.0

// storm creates and ends goroutines as fast as it can while a tracer attaches and detaches. It is told
// what to do by lines: "park N", "churn", "make", "release", "leak" begin it, "quiet" ends it. Each, and
// "count", is answered by the number of goroutines, that of "quiet" once nothing comes and goes any more.
package main

import (
	"fmt"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"gosnoop.test/programs/internal/control"
)

const (
	churners = 4
	atOnce   = 50 // children of a churner
	perBeat  = 10
	beat     = 500 * time.Microsecond
)

var (
	stop atomic.Bool
	crew sync.WaitGroup // those that "quiet" waits for
	gate = make(chan int)
)

func child(done *sync.WaitGroup) { done.Done() }

//go:noinline
func spawnChildren() {
	var done sync.WaitGroup
	done.Add(atOnce)
	for i := 0; i < atOnce; i++ {
		go child(&done)
	}
	done.Wait()
}

func waitAtGate() { <-gate }

//go:noinline
func makeOne() { go waitAtGate() }

func waitForever(c chan int) { <-c }

//go:noinline
func leakOne() { go waitForever(make(chan int)) }

// Until stopped, in a goroutine of its own.
func begin(step func()) {
	crew.Add(1)
	go func() {
		defer crew.Done()
		for !stop.Load() {
			step()
		}
	}()
}

func each(pause time.Duration, times int, f func()) func() {
	return func() {
		time.Sleep(pause)
		for i := 0; i < times; i++ {
			f()
		}
	}
}

func letOneThrough() {
	select {
	case gate <- 1:
	default: // nobody is left
	}
}

func quiet() {
	stop.Store(true)
	crew.Wait()
	for same, n := 0, 0; same < 5; same++ { // children that are done have yet to end
		time.Sleep(10 * time.Millisecond)
		if runtime.NumGoroutine() != n {
			same, n = 0, runtime.NumGoroutine()
		}
	}
}

func obey(words []string) {
	switch words[0] {
	case "park":
		n, _ := strconv.Atoi(words[1])
		for i := 0; i < n; i++ {
			makeOne()
		}
	case "churn":
		for i := 0; i < churners; i++ {
			begin(spawnChildren)
		}
	case "make":
		begin(each(beat, perBeat, makeOne))
	case "release":
		begin(each(beat, perBeat, letOneThrough))
	case "leak":
		begin(each(50*time.Millisecond, 1, leakOne))
	case "quiet":
		quiet()
	}
}

func main() {
	control.Ready("")
	for words := control.Next(); len(words) > 0; words = control.Next() {
		obey(words)
		fmt.Println(runtime.NumGoroutine())
	}
}
