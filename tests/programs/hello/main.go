// SPDX-License-Identifier: Apache-2.0

// hello prints its pid and parks one goroutine of each common kind: the smallest target there is.
package main

import (
	"fmt"
	"os"
	"sync"
	"time"
)

func parkOnReceive(ch chan int) { <-ch }

func parkOnSelect(a, b chan int) {
	select {
	case <-a:
	case <-b:
	}
}

func parkOnMutex(mu *sync.Mutex) { mu.Lock() }

func parkOnSleep() { time.Sleep(time.Hour) }

func main() {
	var mu sync.Mutex
	mu.Lock()
	go parkOnReceive(make(chan int))
	go parkOnSelect(make(chan int), make(chan int))
	go parkOnMutex(&mu)
	go parkOnSleep()
	fmt.Printf("hello pid %d\n", os.Getpid())
	if len(os.Args) > 1 && os.Args[1] == "-once" {
		return
	}
	// A bare select{} would be a deadlock to the runtime once the sleeper wakes.
	for {
		time.Sleep(time.Second)
	}
}
