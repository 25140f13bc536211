// SPDX-License-Identifier: Apache-2.0

// mixed blocks in every common way, often, and has Go's own tools watch the same seconds: an
// execution trace and a block profile at rate 1. What gosnoop saw is compared with both.
//
// It prints "ready", then runs the workload at each line "go" and prints one JSON line about it. The
// numbers of operations are fixed; how many of them block is up to the scheduler, which is what the
// trace and the profile know.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"sync/atomic"
	"time"

	"gosnoop.test/programs/internal/control"
)

var (
	traceFile = flag.String("trace", "", "write an execution trace of the workload here")
	blockFile = flag.String("block", "", "write a block profile of the workload here (text form)")
	scale     = 1 // percent of the usual number of operations
)

// spawned counts the go statements of the workload, and goroutines started for it in other ways.
var spawned atomic.Int64

// group starts goroutines and waits for them.
type group struct{ sync.WaitGroup }

func (g *group) start(f func()) {
	g.Add(1)
	spawned.Add(1)
	go func() {
		defer g.Done()
		f()
	}()
}

func times(n int, f func()) {
	for i := 0; i < n*scale/100; i++ {
		f()
	}
}

// workload is every kind of blocking, one after the other: so that each has the processors to itself
// and blocks as often as it can.
var workload = []func(){
	unbuffered, buffered, selects, mutexes, heldMutex, rwMutexes, conds, waitGroups,
	sleeps, timers, slowChannel, network, coroutines,
}

func run() {
	for _, part := range workload {
		part()
	}
}

type result struct {
	Go      string `json:"go"`
	Spawned int64  `json:"spawned"` // goroutines the workload started; all of them have ended
	Before  int    `json:"goroutines_before"`
	After   int    `json:"goroutines_after"`
	StartNs int64  `json:"start_ns"` // wall clock
	EndNs   int64  `json:"end_ns"`
}

func observed() result {
	r := result{Go: runtime.Version(), Before: runtime.NumGoroutine()}
	spawned.Store(0)
	stop := observe()
	r.StartNs = time.Now().UnixNano()
	run()
	r.EndNs = time.Now().UnixNano()
	stop()
	r.Spawned, r.After = spawned.Load(), runtime.NumGoroutine()
	return r
}

// observe starts Go's own tools; what it returns stops them and writes what they saw.
func observe() (stop func()) {
	if *blockFile != "" {
		runtime.SetBlockProfileRate(1)
	}
	var file *os.File
	if *traceFile != "" {
		file = create(*traceFile)
		check(trace.Start(file))
	}
	return func() {
		if file != nil {
			trace.Stop()
			check(file.Close())
		}
		if *blockFile != "" {
			runtime.SetBlockProfileRate(0)
			profile := create(*blockFile)
			check(pprof.Lookup("block").WriteTo(profile, 1))
			check(profile.Close())
		}
	}
}

func create(name string) *os.File {
	file, err := os.Create(name)
	check(err)
	return file
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "mixed:", err)
		os.Exit(1)
	}
}

func main() {
	flag.Parse()
	// Two processors whatever the machine has, so that goroutines meet and wait for each other.
	runtime.GOMAXPROCS(2)
	run() // once in small: the first time of everything faults pages in, within a wait or before it
	scale = 100
	control.Ready("")
	for {
		words := control.Next()
		if len(words) == 0 || words[0] != "go" {
			return
		}
		check(json.NewEncoder(os.Stdout).Encode(observed()))
	}
}
