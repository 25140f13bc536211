// SPDX-License-Identifier: Apache-2.0

// manygoroutines has a great many goroutines parked (100,000 unless -n says otherwise) and a few
// that work: what gosnoop's memory and its reading of the goroutine table are measured on.
package main

import (
	"flag"
	"fmt"
	"runtime"
	"sync"
	"time"

	"gosnoop.test/programs/internal/control"
)

func parkOnReceive(ch chan int) { <-ch }

func parkOnSelect(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}

func parkOnMutex(mu *sync.Mutex) { mu.Lock() }

func parkOnSleep() { time.Sleep(24 * time.Hour) }

func churn() {
	for {
		done := make(chan int)
		go func() { done <- 1 }()
		<-done
		time.Sleep(time.Millisecond)
	}
}

func main() {
	n := flag.Int("n", 100_000, "how many are parked")
	flag.Parse()
	var mu sync.Mutex
	mu.Lock()
	forever := make(chan int)
	for i := 0; i < *n; i += 4 {
		go parkOnReceive(forever)
		go parkOnSelect(forever, nil)
		go parkOnMutex(&mu)
		go parkOnSleep()
	}
	go churn()
	for runtime.NumGoroutine() < *n {
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(500 * time.Millisecond) // the last ones park
	control.Ready(fmt.Sprint(runtime.NumGoroutine()))
	control.WaitForQuit()
}
