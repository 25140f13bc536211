// SPDX-License-Identifier: Apache-2.0

// deeprecursion makes stacks grow, and so move, while probes sit in the runtime: thousands of
// goroutines recurse deep, park at the bottom with a large stack, and check on the way back that
// every frame still holds what it was given. At each line "go" it runs one round and prints
// "started N corrupt M".
package main

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"gosnoop.test/programs/internal/control"
)

var corrupt atomic.Int64

// descend fills its frame with a pattern, recurses, and looks whether the pattern is still there.
// A pointer into the frame is passed down: the runtime must have moved it along.
func descend(depth int, parent *[8]int, wait func()) int {
	var frame [8]int
	for i := range frame {
		frame[i] = depth*8 + i
	}
	below := 0
	if depth > 0 {
		below = descend(depth-1, &frame, wait)
	} else {
		wait()
	}
	for i := range frame {
		if frame[i] != depth*8+i {
			corrupt.Add(1)
		}
	}
	if parent[0] != (depth+1)*8 {
		corrupt.Add(1)
	}
	return below + 1
}

// round has `goroutines` of them at once at different depths; all park at the bottom until the last
// is there.
func round(goroutines, depth int) {
	var done, arrived sync.WaitGroup
	gate := make(chan struct{})
	done.Add(goroutines)
	arrived.Add(goroutines)
	for i := 0; i < goroutines; i++ {
		go func(depth int) {
			defer done.Done()
			top := [8]int{(depth + 1) * 8}
			reached := descend(depth, &top, func() {
				runtime.Gosched()
				arrived.Done()
				<-gate
			})
			if reached != depth+1 {
				corrupt.Add(1)
			}
		}(depth/2 + i%depth/2)
	}
	arrived.Wait()
	close(gate)
	done.Wait()
}

func main() {
	goroutines := flag.Int("goroutines", 4000, "how many at once")
	depth := flag.Int("depth", 400, "how deep")
	flag.Parse()
	control.Ready("")
	for words := control.Next(); len(words) > 0 && words[0] == "go"; words = control.Next() {
		round(*goroutines, *depth)
		fmt.Printf("started %d corrupt %d\n", *goroutines, corrupt.Load())
	}
}
