// SPDX-License-Identifier: Apache-2.0

// exits_soon ends while it is being traced, by itself, a moment after the line "go": with goroutines
// running and parked, as programs do end.
package main

import (
	"os"
	"time"

	"gosnoop.test/programs/internal/control"
)

func tick() {
	for {
		time.Sleep(time.Millisecond)
	}
}

func park(forever chan int) { <-forever }

func main() {
	for i := 0; i < 10; i++ {
		go tick()
		go park(make(chan int))
	}
	control.Ready("")
	if len(control.Next()) > 0 {
		time.Sleep(time.Second)
	}
	os.Exit(7)
}
